"""Keeps what else happens on the host out of the figures."""

import pathlib
import time

import figures

# Of a core, by other programs, before a run and while it is measured.
MAX_CPU_PERCENT = 10
# Of the disk, by others, before a run.
MAX_DISK_MIB_PER_SECOND = 5

# How long to wait for others to finish before measuring beside them.
PATIENCE_SECONDS = 30

# How often a run is measured if others disturbed it; the last one counts as it is.
TRIES = 3


def wait(disk, ticks_per_second, tell):
    """Returns once the host is quiet for a second, or patience is over."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    before = _look(disk)
    while True:
        time.sleep(1)
        now = _look(disk)
        if is_quiet(before, now, ticks_per_second):
            return
        if time.monotonic() > give_up:
            tell("the host is not quiet")
            return
        before = now


def is_quiet(before, now, ticks_per_second):
    """Whether a second was quiet; looks are (busy CPU ticks, bytes read and written)."""
    cpu_percent = 100 * (now[0] - before[0]) / ticks_per_second
    disk_mib = (now[1] - before[1]) / figures.MIB
    return cpu_percent <= MAX_CPU_PERCENT and disk_mib <= MAX_DISK_MIB_PER_SECOND


def is_disturbed(run):
    """Whether others ran beside a run that was measured."""
    return run["others_user_percent"] > MAX_CPU_PERCENT


def _look(disk):
    busy = figures.parse_busy(pathlib.Path("/proc/stat").read_text())
    return busy, sum(figures.parse_disk(pathlib.Path("/proc/diskstats").read_text(), disk))
