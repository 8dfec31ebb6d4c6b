"""Keeps other load of the host out of the figures."""

import pathlib
import time

import figures

# Other programs may use this part of a core before and during a run.
MAX_CPU_PERCENT = 10
# Other programs may use the disk at this rate before a run.
MAX_DISK_MIB_PER_SECOND = 5

# Maximum time to wait for other programs before a run.
TIMEOUT_SECONDS = 30

# Maximum number of measurements of a run that is disturbed; the last one counts.
MAX_TRIES = 3


def wait(disk, ticks_per_second, report):
    """Waits until the host is quiet for a second, or the timeout is over."""
    give_up = time.monotonic() + TIMEOUT_SECONDS
    before = _activity(disk)
    while True:
        time.sleep(1)
        now = _activity(disk)
        if is_quiet(before, now, ticks_per_second):
            return
        if time.monotonic() > give_up:
            report("the host is not quiet")
            return
        before = now


def is_quiet(before, now, ticks_per_second):
    """Returns whether a second was quiet; arguments are (busy CPU ticks, bytes read and written)."""
    cpu_percent = 100 * (now[0] - before[0]) / ticks_per_second
    disk_mib = (now[1] - before[1]) / figures.MIB
    return cpu_percent <= MAX_CPU_PERCENT and disk_mib <= MAX_DISK_MIB_PER_SECOND


def is_disturbed(run):
    """Returns whether other programs disturbed a run."""
    return run["others_user_percent"] > MAX_CPU_PERCENT


def _activity(disk):
    busy = figures.parse_busy(pathlib.Path("/proc/stat").read_text())
    return busy, sum(figures.parse_disk(pathlib.Path("/proc/diskstats").read_text(), disk))
