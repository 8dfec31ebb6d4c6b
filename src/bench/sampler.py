"""Samples the host once a second while a workload runs."""

import os
import pathlib
import threading
import time

import figures
import host
import residency

PAGE_BYTES = os.sysconf("SC_PAGESIZE")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Sampler:
    """Samples 0, 1, 2, … seconds after its start, in its own thread."""

    def __init__(self, lower, uppers, disk, workload, evictor):
        """
        lower -- the backing file
        uppers -- the workload's files
        disk -- (major, minor) of the disk that holds the backing file
        workload, evictor -- processes; evictor may be None
        """
        self._lower = lower
        self._uppers = uppers
        self._disk = disk
        self._workload = workload
        self._evictor = evictor
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.samples = []

    def start(self):
        self._thread.start()

    def stop(self):
        self._over.set()
        self._thread.join()

    def _run(self):
        begin = time.monotonic()
        while not self._over.wait(max(0, begin + len(self.samples) - time.monotonic())):
            self.samples.append(self._sample())

    def _sample(self):
        cpu, iowait, user_all = figures.parse_cpu(_read("/proc/stat"))
        read, written = figures.parse_disk(_read("/proc/diskstats"), self._disk)
        user, system, rss = _process_figures(self._evictor)
        fio_user, _, _ = _process_figures(self._workload)
        return figures.Sample(
            cpu_ticks=cpu,
            iowait_ticks=iowait,
            user_ticks=user_all,
            disk_read_bytes=read,
            disk_written_bytes=written,
            refaults=figures.parse_refaults(_read("/proc/vmstat")),
            lower_bytes=residency.resident_bytes(self._lower),
            upper_bytes=sum(map(residency.resident_bytes, self._uppers)),
            workload_user_ticks=fio_user,
            evictor_user_ticks=user,
            evictor_system_ticks=system,
            evictor_rss_bytes=rss,
            available_bytes=host.meminfo_bytes("MemAvailable"),
        )


def _process_figures(process):
    if process is None:
        return 0, 0, 0
    try:
        return figures.parse_process(_read(f"/proc/{process.pid}/stat"), PAGE_BYTES)
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0, 0  # ended, after the time that is measured


def _read(path):
    return pathlib.Path(path).read_text()
