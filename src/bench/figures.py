"""Parses the output of fio and /proc. Pure."""

import dataclasses
import json

MIB = 1 << 20
SECTOR_BYTES = 512  # in /proc/diskstats, for any disk
NANOS_PER_MICRO = 1000


@dataclasses.dataclass(frozen=True)
class Sample:
    """
    The state of the host at a moment. Counters start at boot.

    cpu_ticks, iowait_ticks, user_ticks -- of all processors: all, waiting for I/O, running programs
    disk_read_bytes, disk_written_bytes -- of the disk that holds the backing file
    refaults -- file pages that were read again soon after they were reclaimed
    lower_bytes -- resident bytes of the backing file
    upper_bytes -- resident bytes of the workload's files
    workload_user_ticks -- of fio
    evictor_user_ticks, evictor_system_ticks, evictor_rss_bytes -- of the process that evicts
    available_bytes -- available memory
    """

    cpu_ticks: int
    iowait_ticks: int
    user_ticks: int
    disk_read_bytes: int
    disk_written_bytes: int
    refaults: int
    lower_bytes: int
    upper_bytes: int
    workload_user_ticks: int = 0
    evictor_user_ticks: int = 0
    evictor_system_ticks: int = 0
    evictor_rss_bytes: int = 0
    available_bytes: int = 0


def parse_cpu(stat):
    """(all ticks, ticks waiting for I/O, ticks running programs) from /proc/stat."""
    ticks = _cpu_ticks(stat)
    return sum(ticks), ticks[4], ticks[0] + ticks[1]


def parse_busy(stat):
    """Busy ticks of all processors from /proc/stat."""
    ticks = _cpu_ticks(stat)
    return sum(ticks) - ticks[3] - ticks[4]


def _cpu_ticks(stat):
    """User, nice, system, idle, iowait, irq, softirq, steal. User includes guest time."""
    return [int(word) for word in stat.splitlines()[0].split()[1:9]]


def parse_disk(diskstats, disk):
    """(bytes read, bytes written) of the disk with these (major, minor) numbers."""
    for line in diskstats.splitlines():
        words = line.split()
        if (int(words[0]), int(words[1])) == disk:
            return int(words[5]) * SECTOR_BYTES, int(words[9]) * SECTOR_BYTES
    return 0, 0  # not a disk, such as the anonymous device of btrfs


def parse_scanned(vmstat):
    """Pages scanned for reclaim by kswapd and by programs, from /proc/vmstat."""
    counts = dict(line.split() for line in vmstat.splitlines())
    return int(counts["pgscan_kswapd"]) + int(counts["pgscan_direct"])


def parse_refaults(vmstat):
    """File refaults from /proc/vmstat; before Linux 5.9 the name has no suffix."""
    counts = dict(line.split() for line in vmstat.splitlines())
    return int(counts.get("workingset_refault_file", counts.get("workingset_refault", 0)))


def parse_process(stat, page_bytes):
    """(user ticks, system ticks, resident bytes) from /proc/PID/stat, including ended children."""
    words = stat.rpartition(")")[2].split()  # the name may contain blanks
    user, system, children_user, children_system = map(int, words[11:15])
    return user + children_user, system + children_system, int(words[21]) * page_bytes


def parse_fio(text, job, fsync=False):
    """The figures of a fio job from fio's JSON, which may follow warnings."""
    jobs = json.loads(text[text.index("{") :])["jobs"]
    parts = [part for part in jobs if part["jobname"] == job]
    if not parts:
        raise ValueError(f"fio reported no job {job}")
    if any(part["error"] for part in parts):
        raise ValueError(f"fio's job {job} failed")
    sides = [part[side] for part in parts for side in ("read", "write")]
    latency = _latency(parts[0], fsync)
    return {
        "ops_per_second": sum(side["iops"] for side in sides),
        "mib_per_second": sum(side["bw_bytes"] for side in sides) / MIB,
        "p50_us": latency["50.000000"] / NANOS_PER_MICRO,
        "p99_us": latency["99.000000"] / NANOS_PER_MICRO,
        "p99_9_us": latency["99.900000"] / NANOS_PER_MICRO,
    }


def _latency(part, fsync):
    if fsync:
        return part["sync"]["lat_ns"]["percentile"]
    side = part["read"] if part["read"]["total_ios"] else part["write"]
    return side["clat_ns"]["percentile"]


def host_figures(samples, ticks_per_second, seconds):
    """The figures of a run from samples at intervals of one second, first to last."""
    first, last = samples[0], samples[-1]

    def grown(name):
        return getattr(last, name) - getattr(first, name)

    def percent_of_a_core(name):
        return 100 * grown(name) / ticks_per_second / seconds

    lower = [sample.lower_bytes for sample in samples]
    upper = [sample.upper_bytes for sample in samples]
    return {
        "iowait_percent": 100 * grown("iowait_ticks") / max(1, grown("cpu_ticks")),
        "disk_read_mib_per_second": grown("disk_read_bytes") / MIB / seconds,
        "disk_written_mib_per_second": grown("disk_written_bytes") / MIB / seconds,
        "refaults_per_second": grown("refaults") / seconds,
        "lower_mean_mib": sum(lower) / len(lower) / MIB,
        "lower_max_mib": max(lower) / MIB,
        "upper_mean_mib": sum(upper) / len(upper) / MIB,
        "evictor_user_percent": percent_of_a_core("evictor_user_ticks"),
        "evictor_system_percent": percent_of_a_core("evictor_system_ticks"),
        "others_user_percent": percent_of_a_core("user_ticks")
        - percent_of_a_core("workload_user_ticks")
        - percent_of_a_core("evictor_user_ticks"),
        "evictor_rss_mib": max(sample.evictor_rss_bytes for sample in samples) / MIB,
    }
