"""The workloads as arguments of fio, and their files."""

import dataclasses

# Memory left for page cache and programs. Small, so that runs are short. The 55 MiB of the daemon are
# 1.6 % of it; with 1740 MiB their share is twice that and affects the rows of the large set.
REST_MIB = 3480

# Working sets as shares of that memory. Daemon, fio and kernel use less than 10 %.
SMALL_SET_MIB = int(REST_MIB * 0.65)
LARGE_SET_MIB = int(REST_MIB * 0.95)

# Reading the large set makes more copies than fit. Cache misses then read 20 MiB/s, so the contents of the
# cache depend on the initial reads for this long.
LARGE_RAMP_SECONDS = 20

# 19 of 20 requests go to a hot twentieth of the working set. The rest is used, too: at 200,000
# requests a second, each page every few seconds.
HOT_SET = "zoned:95/5:5/95"

# One copy just fits in memory.
COLD_SET_MIB = int(REST_MIB * 0.88)

# Fits in the lower cache, which an O_DIRECT reader needs.
DIRECT_SET_MIB = int(REST_MIB * 0.35)

# One copy fits, but not one for each device.
BASE_SET_MIB = int(REST_MIB * 0.6)
BASE_DEVICES = 4

# The files on the volume and on the shared base image.
DATA = "data"
STREAM = "stream"
SMALL = "small"
SMALL_MIB = 256
VOLUME_FILES_MIB = {DATA: LARGE_SET_MIB, STREAM: int(REST_MIB * 1.5), SMALL: SMALL_MIB}
BASE_FILES_MIB = {DATA: BASE_SET_MIB}

RANDOM = ["--bs=16k", f"--random_distribution={HOT_SET}", "--norandommap"]


@dataclasses.dataclass(frozen=True)
class Workload:
    """
    key -- its name on the command line and in the JSON
    title -- its name for readers
    file, set_mib -- the file that is read before a run, and the size of the part that is read
    jobs -- arguments for each fio job, by name; the figures are those of the first job
    figure -- the main figure: "ops_per_second", more is better, or "p99_us", less is better
    ramp_seconds, seconds -- time before the measurement, and time of the measurement
    shared -- whether it runs on all devices of the shared base image
    narrow -- whether memory is reduced
    fsync -- whether latency is that of fsync
    """

    key: str
    title: str
    file: str
    set_mib: int
    jobs: dict
    figure: str = "ops_per_second"
    ramp_seconds: int = 4
    seconds: int = 10
    shared: bool = False
    narrow: bool = True
    fsync: bool = False


def _random(key, title, reads, set_mib, ramp_seconds):
    mix = ["--rw=randrw", f"--rwmixread={reads}", "--numjobs=2", f"--size={set_mib}m"]
    jobs = {key: [f"--filename={DATA}", *mix, *RANDOM]}
    return Workload(key, title, DATA, set_mib, jobs, ramp_seconds=ramp_seconds)


WORKLOADS = (
    _random("readmostly-small", "read-mostly 95/5, set 65 % of memory", 95, SMALL_SET_MIB, 4),
    _random("readmostly-large", "read-mostly 95/5, set 95 % of memory", 95, LARGE_SET_MIB, LARGE_RAMP_SECONDS),
    _random("mixed-small", "mixed 70/30, set 65 % of memory", 70, SMALL_SET_MIB, 4),
    _random("mixed-large", "mixed 70/30, set 95 % of memory", 70, LARGE_SET_MIB, LARGE_RAMP_SECONDS),
    Workload(
        "streaming",
        "reader beside a streaming read",
        SMALL,
        SMALL_MIB,
        {
            "reader": [f"--filename={SMALL}", "--rw=randread", "--rate_iops=1000", *RANDOM],
            "stream": [f"--filename={STREAM}", "--rw=read", "--bs=128k"],
        },
        figure="p99_us",
    ),
    Workload(
        "fsync",
        "small writes, each with fsync",
        SMALL,
        SMALL_MIB,
        {"fsync": [f"--filename={SMALL}", "--rw=randwrite", "--bs=4k", "--fsync=1"]},
        fsync=True,
    ),
    Workload(
        "odirect",
        "O_DIRECT reader on the filesystem",
        DATA,
        0,
        {
            "odirect": [
                *[f"--filename={DATA}", f"--size={DIRECT_SET_MIB}m", "--rw=randread"],
                *["--bs=16k", "--norandommap", "--direct=1", "--numjobs=2"],
            ]
        },
        ramp_seconds=30,
    ),
    Workload(
        "shared",
        f"base image shared by {BASE_DEVICES} devices",
        DATA,
        0,
        {"shared": [f"--filename={DATA}", "--rw=randread", "--bs=16k", "--norandommap"]},
        ramp_seconds=30,
        shared=True,
    ),
    Workload(
        "cold",
        "random reads from cold, set 88 % of memory",
        DATA,
        0,
        {
            "cold": [
                *[f"--filename={DATA}", f"--size={COLD_SET_MIB}m", "--rw=randread"],
                *["--bs=16k", "--norandommap", "--numjobs=8"],
            ]
        },
        ramp_seconds=0,
        seconds=25,
    ),
    Workload(
        "idle",
        "nothing to gain: memory to spare",
        SMALL,
        SMALL_MIB,
        {
            "idle": [
                *[f"--filename={SMALL}", "--rw=randread", "--bs=16k", "--norandommap"],
                "--numjobs=2",
            ]
        },
        narrow=False,
    ),
)


def fio_arguments(workload, directories, ramp_seconds, seconds):
    """Arguments of fio for a run with these directories mounted; jobs are threads."""
    argv = [
        *["fio", "--output-format=json", "--ioengine=psync", "--thread", "--group_reporting"],
        *["--time_based", f"--runtime={seconds}", f"--ramp_time={ramp_seconds}"],
        *["--invalidate=0", "--allow_file_create=0", "--randrepeat=1"],
        "--percentile_list=50:99:99.9",
    ]
    for name, arguments in workload.jobs.items():
        for directory in directories:
            argv += [f"--name={name}", *(["--new_group"] if directory is directories[0] else [])]
            argv += [f"--directory={directory}", *arguments]
    return argv
