"""Measures the time until the lower cache is within its budget after memory runs short.

A mixed workload runs with free memory, so that the lower cache grows to the size of its set. Then a
program takes all memory at once, except the memory that the other workloads have.
"""

import dataclasses
import pathlib
import subprocess
import sys
import time

import figures
import host
import residency
import setups
import workloads

WORKLOAD = "mixed-large"

# budget.pressed of reference.conf, as a share of the memory that is not reserved for huge pages.
PRESSED_SHARE = 0.01

# Memory that the program takes. Before, both the upper and the lower cache fit.
TAKEN_MIB = 2400

FILL_SECONDS = 6
# After pressure has begun, when most of the memory is taken: one second, or several on a slow host.
WATCH_SECONDS = 5
MAX_SECONDS = 20
SAMPLE_SECONDS = 0.05

# Populates memory at once and frees it at the end of its input.
TAKE = (
    "import mmap, sys; "
    "flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE; "
    "taken = mmap.mmap(-1, int(sys.argv[1]) << 20, flags=flags); "
    "sys.stdin.read()"
)

EXPECTED_SECONDS = FILL_SECONDS + WATCH_SECONDS + 10


@dataclasses.dataclass(frozen=True)
class Sample:
    """
    seconds -- since the program began to take memory
    lower_bytes -- resident bytes of the backing file
    scanned -- pages that the kernel has scanned for reclaim since boot
    """

    seconds: float
    lower_bytes: int
    scanned: int


def summary(samples, budget_bytes):
    """
    The times at which pressure began and the lower cache was first within the budget after that, in
    seconds since the program began to take memory; None if it did not happen. Pressure begins with
    the first page that the kernel scans.
    """
    begun = [sample for sample in samples if sample.scanned > samples[0].scanned]
    within = [sample for sample in begun if sample.lower_bytes <= budget_bytes]
    return {
        "pressure_begins_seconds": begun[0].seconds if begun else None,
        "within_budget_seconds": within[0].seconds if within else None,
        "reaction_seconds": within[0].seconds - begun[0].seconds if within else None,
        "lower_at_begin_mib": begun[0].lower_bytes / figures.MIB if begun else None,
        "budget_mib": budget_bytes / figures.MIB,
        "lower_mib_over_seconds": [
            [round(sample.seconds, 2), sample.lower_bytes // figures.MIB] for sample in samples
        ],
    }


def measure(place, log):
    """Runs one measurement."""
    workload = next(known for known in workloads.WORKLOADS if known.key == WORKLOAD)
    setup = next(known for known in setups.SETUPS if known.key == "fadvised")
    volume = place.volume(shared=False)
    volume.direct_io(False)
    host.drop_caches()
    place.memory.leave(workloads.REST_MIB + TAKEN_MIB)
    with setups.evictor(setup, volume.image, place.directory, log):
        host.read_file(volume.mounts[0] / workload.file, workload.set_mib)
        seconds = FILL_SECONDS + MAX_SECONDS + 5
        fio = host.start(
            workloads.fio_arguments(workload, volume.mounts, 0, seconds), stdout=subprocess.DEVNULL
        )
        try:
            time.sleep(FILL_SECONDS)
            samples = _take_memory(volume.image)
        finally:
            host.stop(fio)
    unreserved = host.meminfo_bytes("MemTotal") - host.meminfo_bytes("Hugetlb")
    return summary(samples, PRESSED_SHARE * unreserved)


def _take_memory(lower):
    samples = [Sample(0, residency.resident_bytes(lower), _scanned())]
    begin = time.monotonic()
    taker = host.start([sys.executable, "-c", TAKE, TAKEN_MIB], stdin=subprocess.PIPE)
    try:
        while not _is_complete(samples):
            time.sleep(SAMPLE_SECONDS)
            scanned, resident = _scanned(), residency.resident_bytes(lower)
            samples.append(Sample(time.monotonic() - begin, resident, scanned))
    finally:
        host.stop(taker)
    return samples


def _is_complete(samples):
    begun = next((sample.seconds for sample in samples if sample.scanned > samples[0].scanned), None)
    until = MAX_SECONDS if begun is None else begun + WATCH_SECONDS
    return samples[-1].seconds > until


def _scanned():
    return figures.parse_scanned(pathlib.Path("/proc/vmstat").read_text())
