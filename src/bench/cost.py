"""The cost of measuring and evicting, compared with fincore and vmtouch on the same files.

fadvised reports the time of measurement and eviction, which excludes the start of its JVM. A small
file goes first, so that the JVM's warm-up does not count either. fincore and vmtouch are timed from
outside; the row "nothing" shows the cost of starting the process.
"""

import contextlib
import json
import os
import statistics
import subprocess
import time

import guard
import host
import setups

# Size of the pieces of data in a sparse file.
PIECE_MIB = 64

# No repeats after this time.
MAX_REPEAT_SECONDS = 10
REPEATS = 5
QUICK_REPEATS = 1

DEVICE_MIB = 16

# (title, size in MiB, MiB of data, MiB of data resident), largest last
FILES = (
    ("nothing", 1, 1, 0),
    ("1 GiB, nothing resident", 1 << 10, 1 << 10, 0),
    ("1 GiB, all resident", 1 << 10, 1 << 10, 1 << 10),
    ("8 GiB, 1 GiB resident", 8 << 10, 8 << 10, 1 << 10),
    ("8 GiB, all resident", 8 << 10, 8 << 10, 8 << 10),
    ("1 TiB sparse, 1 GiB resident", 1 << 20, 1 << 10, 1 << 10),
)
QUICK_FILES = (FILES[0], FILES[2])
DEVICES = (1, 10, 100)
QUICK_DEVICES = (1, 10)

# All rows, and those of --quick, including layout, on a disk that writes 500 MiB/s.
EXPECTED_SECONDS = 200
QUICK_EXPECTED_SECONDS = 15


def measure(directory, quick, report):
    """All rows, each a dict with a title and milliseconds by tool; None if not measured."""
    repeats = QUICK_REPEATS if quick else REPEATS
    rows = []
    for file in QUICK_FILES if quick else FILES:
        rows.append(_file_row(directory, *file, repeats))
        report(rows[-1])
    for count in QUICK_DEVICES if quick else DEVICES:
        rows.append(_devices_row(directory, count, repeats))
        report(rows[-1])
    return rows


def _file_row(directory, title, size_mib, data_mib, resident_mib, repeats):
    with guard.Guard(guard.INSIDE) as undo, _overlay(directory, undo) as (real, seen):
        path = real / "file"
        _write_pieces(path, size_mib, data_mib)
        warm = real / "warm"
        host.write_file(warm, 1)

        def fill():
            _read_pieces(path, size_mib, data_mib, resident_mib)

        fill()
        row = {
            "title": title,
            "measure_fadvised_ms": _fadvised("measureMicros", [warm, path], repeats, dry_run=True),
            "measure_fadvised_mincore_ms": _fadvised(
                "measureMicros", [seen / "warm", seen / "file"], repeats, dry_run=True
            ),
            "measure_fincore_ms": _timed(["fincore", path], repeats),
            "measure_vmtouch_ms": _timed(["vmtouch", path], repeats),
        }
        row["evict_fadvised_ms"] = _fadvised("evictMicros", [warm, path], repeats, before=fill)
        row["evict_vmtouch_ms"] = _timed(["vmtouch", "-e", path], repeats, before=fill)
        return row


def _devices_row(directory, count, repeats):
    with guard.Guard(guard.INSIDE) as undo, _overlay(directory, undo) as (real, _):
        files = [real / f"disk{number}" for number in range(count)]
        for file in files:
            host.write_file(file, DEVICE_MIB)
        undo.later(_detach_all(real))
        devices = [
            host.run("losetup", "--find", "--show", "--direct-io=off", file) for file in files
        ]
        warm = real / "warm"
        host.write_file(warm, 1)

        def fill():
            for file in files:
                host.read_file(file, DEVICE_MIB)

        fill()
        devices.insert(0, warm)
        return {
            "title": f"{count} × {DEVICE_MIB} MiB, a device each, all resident",
            "measure_fadvised_ms": _fadvised("measureMicros", devices, repeats, dry_run=True),
            "measure_fincore_ms": _timed(["fincore", *files], repeats),
            "measure_vmtouch_ms": _timed(["vmtouch", *files], repeats),
            "evict_fadvised_ms": _fadvised("evictMicros", devices, repeats, before=fill),
            "evict_vmtouch_ms": _timed(["vmtouch", "-e", *files], repeats, before=fill),
        }


def _detach_all(directory):
    return (
        f"for d in $(losetup -nO NAME,BACK-FILE | awk '$2 ~ \"^{directory}/\" {{print $1}}'); do "
        "losetup -d $d; done"
    )


@contextlib.contextmanager
def _overlay(directory, undo):
    """A directory, and the same directory through overlayfs, where cachestat(2) does not work and
    fadvised uses mincore(2)."""
    names = {name: directory / f"cost-{name}" for name in ("real", "upper", "work", "seen")}
    undo.later("rm -rf --one-file-system " + " ".join(map(str, names.values())))
    for path in names.values():
        path.mkdir()
    undo.later(f"! mountpoint -q {names['seen']} || umount {names['seen']}")
    layers = f"lowerdir={names['real']},upperdir={names['upper']},workdir={names['work']}"
    host.run("mount", "-t", "overlay", "-o", layers, "overlay", names["seen"])
    yield names["real"], names["seen"]


def _pieces(size_mib, data_mib):
    """The (offset, length) of the data of a file in MiB: pieces at equal distances."""
    count = max(1, data_mib // PIECE_MIB)
    return [(size_mib // count * number, min(PIECE_MIB, data_mib)) for number in range(count)]


def _write_pieces(path, size_mib, data_mib):
    piece = os.urandom(host.MIB)
    with open(path, "wb", buffering=0) as file:
        file.truncate(size_mib * host.MIB)
        for begin, length in _pieces(size_mib, data_mib):
            file.seek(begin * host.MIB)
            for _ in range(length):
                file.write(piece)
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read_pieces(path, size_mib, data_mib, resident_mib):
    """Reads resident_mib of the data of a file, without read-ahead."""
    with open(path, "rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)
        for begin, length in _pieces(size_mib, data_mib):
            file.seek(begin * host.MIB)
            for _ in range(min(length, max(0, resident_mib))):
                file.read(host.MIB)
            resident_mib -= length


def _fadvised(field, targets, repeats, dry_run=False, before=lambda: None):
    """Milliseconds that fadvised reports for all targets but the first; None if it reports none."""
    options = ["--dry-run"] if dry_run else []

    def once():
        before()
        argv = map(str, [setups.PROGRAM, "evict", "--json", *options, *targets])
        results = json.loads(subprocess.run(argv, capture_output=True, text=True).stdout)["targets"]
        return [result[field] for result in results[1:]]

    reported = _repeated(once, repeats)
    if any(micros is None for once in reported for micros in once):
        return None
    return statistics.median(sum(once) / 1000 for once in reported)


def _timed(argv, repeats, before=lambda: None):
    def once():
        before()
        begin = time.perf_counter()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
        return 1000 * (time.perf_counter() - begin)

    return statistics.median(_repeated(once, repeats))


def _repeated(once, repeats):
    begin = time.monotonic()
    results = []
    while not results or (len(results) < repeats and time.monotonic() - begin < MAX_REPEAT_SECONDS):
        results.append(once())
    return results
