"""How soon the lower cache is back within its budget after memory runs short.

A mixed workload runs with memory to spare, so that the lower cache grows to the size of its set.
Then a program takes all memory but what the other workloads have, in one go.
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

# budget.pressed of reference.conf, of the memory that is not reserved for huge pages.
PRESSED_SHARE = 0.01

# What the program takes: enough for the lower cache to fill beside the upper one before.
TAKEN_MIB = 2400

FILL_SECONDS = 6
# After pressure began, which is when most of that is taken: a second, or several on a slow host.
WATCH_SECONDS = 5
MAX_SECONDS = 20
BETWEEN_LOOKS_SECONDS = 0.05

# Populated at once, and freed at the end of its input.
TAKE = (
    "import mmap, sys; "
    "flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE; "
    "taken = mmap.mmap(-1, int(sys.argv[1]) << 20, flags=flags); "
    "sys.stdin.read()"
)

EXPECTED_SECONDS = FILL_SECONDS + WATCH_SECONDS + 10


@dataclasses.dataclass(frozen=True)
class Look:
    """
    seconds -- since the program began to take memory
    lower_bytes -- of the backing file that are resident
    scanned -- pages that the kernel looked at to reclaim them, since its start
    """

    seconds: float
    lower_bytes: int
    scanned: int


def summary(looks, budget_bytes):
    """
    When pressure began, and when the lower cache first was within the budget after that; in seconds
    since the program began to take memory, None if it did not happen. Pressure begins with the
    first page that the kernel scans.
    """
    begun = [look for look in looks if look.scanned > looks[0].scanned]
    within = [look for look in begun if look.lower_bytes <= budget_bytes]
    return {
        "pressure_begins_seconds": begun[0].seconds if begun else None,
        "within_budget_seconds": within[0].seconds if within else None,
        "reaction_seconds": within[0].seconds - begun[0].seconds if within else None,
        "lower_at_begin_mib": begun[0].lower_bytes / figures.MIB if begun else None,
        "budget_mib": budget_bytes / figures.MIB,
        "lower_mib_over_seconds": [
            [round(look.seconds, 2), look.lower_bytes // figures.MIB] for look in looks
        ],
    }


def measure(place, log):
    """One measurement on a host laid out for the workloads."""
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
            looks = _take_memory(volume.image)
        finally:
            host.stop(fio)
    unreserved = host.meminfo_bytes("MemTotal") - host.meminfo_bytes("Hugetlb")
    return summary(looks, PRESSED_SHARE * unreserved)


def _take_memory(lower):
    looks = [Look(0, residency.resident_bytes(lower), _scanned())]
    begin = time.monotonic()
    taker = host.start([sys.executable, "-c", TAKE, TAKEN_MIB], stdin=subprocess.PIPE)
    try:
        while not _seen_enough(looks):
            time.sleep(BETWEEN_LOOKS_SECONDS)
            scanned, resident = _scanned(), residency.resident_bytes(lower)
            looks.append(Look(time.monotonic() - begin, resident, scanned))
    finally:
        host.stop(taker)
    return looks


def _seen_enough(looks):
    begun = next((look.seconds for look in looks if look.scanned > looks[0].scanned), None)
    until = MAX_SECONDS if begun is None else begun + WATCH_SECONDS
    return looks[-1].seconds > until


def _scanned():
    return figures.parse_scanned(pathlib.Path("/proc/vmstat").read_text())
