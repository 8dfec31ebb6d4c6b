"""Runs the workloads under each setup."""

import dataclasses
import subprocess

import figures
import host
import quiet
import sampler
import setups
import workloads


@dataclasses.dataclass(frozen=True)
class Turn:
    """One run of a workload under a setup."""

    workload: workloads.Workload
    setup: setups.Setup
    repeat: int

    def names(self):
        return {
            "workload": self.workload.key,
            "setup": self.setup.key,
            "repeat": self.repeat,
        }


def next_repeat(runs, chosen_workloads):
    """The next free repeat number of these workloads."""
    keys = [workload.key for workload in chosen_workloads]
    return 1 + max((run["repeat"] for run in runs if run["workload"] in keys), default=-1)


def turns(chosen_workloads, chosen_setups, first_repeat, repeats):
    """All runs in order. The setups of a workload run one after the other, and each repeat begins with
    another one, so that no setup always follows the same one."""
    for repeat in range(first_repeat, first_repeat + repeats):
        for workload in chosen_workloads:
            shift = repeat % len(chosen_setups)
            for setup in (*chosen_setups[shift:], *chosen_setups[:shift]):
                yield Turn(workload, setup, repeat)


# Time of a run beside fio: wait for a quiet host, drop caches, start and stop the evictor, read the working set.
OVERHEAD_SECONDS = 4.5
QUICK_OVERHEAD_SECONDS = 2.5


# Memory that is freed late (balloon, pages in flight) appears within a second or two.
MAX_TRIES = 4

# A run with more available memory than this is repeated.
MAX_MEMORY_RATIO = 1.03
AVAILABLE = "available_mib_each_second"


def _had_more_memory(workload, run):
    return workload.narrow and max(run[AVAILABLE]) > MAX_MEMORY_RATIO * workloads.REST_MIB


class Pace:
    """The length of runs; by default that of the workload."""

    def __init__(self, seconds=None, quick=False):
        self._seconds = seconds
        self._quick = quick

    def ramp_seconds(self, workload):
        return 0 if self._quick else workload.ramp_seconds

    def seconds(self, workload):
        return 1 if self._quick else self._seconds or workload.seconds

    def wait_until_quiet(self, disk):
        if not self._quick:
            quiet.wait(disk, sampler.TICKS_PER_SECOND, print)

    def tries(self):
        return 1 if self._quick else quiet.MAX_TRIES

    def expected_seconds(self, all_turns):
        beside = QUICK_OVERHEAD_SECONDS if self._quick else OVERHEAD_SECONDS
        return sum(
            self.ramp_seconds(turn.workload) + self.seconds(turn.workload) + beside
            for turn in all_turns
        )


class Session:
    """Runs workloads and returns their figures."""

    def __init__(self, place, pace, log):
        self._place = place
        self._pace = pace
        self._log = log

    def run(self, turn):
        """The figures of one run; None if the setup is unavailable."""
        volume = self._place.volume(turn.workload.shared)
        if not volume.direct_io(turn.setup.direct_io):
            return None
        for _ in range(self._pace.tries()):
            run = self._run(turn, volume)
            if not quiet.is_disturbed(run) and not _had_more_memory(turn.workload, run):
                break
            print("disturbed, run again if possible:", flush=True)
        return run

    def _run(self, turn, volume):
        self._prepare(turn.workload)
        with setups.evictor(turn.setup, volume.image, self._place.directory, self._log) as evictor:
            for mount in volume.mounts:
                host.read_file(mount / turn.workload.file, turn.workload.set_mib)
            return self._measure(turn.workload, volume, evictor)

    def _prepare(self, workload):
        """Sets available memory, again if it changed meanwhile."""
        memory = self._place.memory
        for _ in range(MAX_TRIES):
            if workload.narrow:
                memory.leave(workloads.REST_MIB)
            else:
                memory.give_back()
                host.drop_caches()
            self._pace.wait_until_quiet(self._place.disk)
            if not workload.narrow or memory.is_left(workloads.REST_MIB):
                return

    def _measure(self, workload, volume, evictor):
        ramp, seconds = self._pace.ramp_seconds(workload), self._pace.seconds(workload)
        uppers = [mount / workload.file for mount in volume.mounts]
        fio = host.start(
            workloads.fio_arguments(workload, volume.mounts, ramp, seconds),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        sampling = sampler.Sampler(volume.image, uppers, self._place.disk, fio, evictor)
        sampling.start()
        try:
            output, errors = fio.communicate(timeout=ramp + seconds + 60)
        finally:
            host.stop(fio)
            sampling.stop()
        if fio.returncode != 0:
            raise host.HostError(f"fio failed: {errors.strip()} {output.strip()}")
        first_job = next(iter(workload.jobs))
        window = sampling.samples[ramp : ramp + seconds + 1]
        return {
            **figures.parse_fio(output, first_job, workload.fsync),
            **figures.host_figures(window, sampler.TICKS_PER_SECOND, len(window) - 1),
            "lower_mib_each_second": [s.lower_bytes // host.MIB for s in sampling.samples],
            AVAILABLE: [s.available_bytes // host.MIB for s in sampling.samples],
        }
