"""Runs workloads under setups, in turns."""

import dataclasses
import os
import subprocess
import time

import figures
import host
import quiet
import sampler
import setups
import workloads


@dataclasses.dataclass(frozen=True)
class Turn:
    """One run: which workload under which setup, in which repeat."""

    workload: workloads.Workload
    setup: setups.Setup
    repeat: int


def turns(chosen_workloads, chosen_setups, first_repeat, repeats):
    """All runs in order: all setups of a workload side by side, each repeat beginning with another,
    so that none always follows the same one."""
    for repeat in range(first_repeat, first_repeat + repeats):
        for workload in chosen_workloads:
            shift = repeat % len(chosen_setups)
            for setup in (*chosen_setups[shift:], *chosen_setups[:shift]):
                yield Turn(workload, setup, repeat)


# What a run takes beside fio: see that the host is quiet, drop caches, start and stop the evictor, read the working set.
BESIDE_SECONDS = 4.5


class Pace:
    """How long runs are; by default as each workload says."""

    def __init__(self, seconds=None, quick=False):
        self._seconds = seconds
        self._quick = quick

    def ramp_seconds(self, workload):
        return 1 if self._quick else workload.ramp_seconds

    def seconds(self, workload):
        return 1 if self._quick else self._seconds or workload.seconds

    def expected_seconds(self, all_turns):
        return sum(
            self.ramp_seconds(turn.workload) + self.seconds(turn.workload) + BESIDE_SECONDS
            for turn in all_turns
        )


class Session:
    """The host laid out for the workloads."""

    def __init__(self, folder, logs, pace, undo):
        self._folder = folder
        self._disk = host.disk_of(folder)
        self._log = logs / "fadvised.log"
        self._pace = pace
        self._undo = undo
        self._volumes = {}
        self._memory = None

    def prepare(self, chosen_workloads):
        """Lays out files and devices; memory is narrowed as runs need it."""
        self._memory = host.Memory(workloads.REST_MIB, self._undo)
        if any(not workload.shared for workload in chosen_workloads):
            self._volumes[False] = self._volume("volume", workloads.VOLUME_FILES_MIB, 1)
        if any(workload.shared for workload in chosen_workloads):
            self._volumes[True] = self._volume(
                "base", workloads.BASE_FILES_MIB, workloads.BASE_DEVICES
            )

    def _volume(self, name, files_mib, readers):
        volume = host.Volume(self._folder, name, files_mib, self._undo)
        mount = volume.attach(name)
        for file, size_mib in files_mib.items():
            host.write_file(mount / file, size_mib)
        if readers > 1:
            volume.detach()
            for number in range(readers):
                volume.attach(f"{name}{number}", read_only=True)
        return volume

    def run(self, turn):
        """The figures of one run; None if the setup is impossible here."""
        volume = self._volumes[turn.workload.shared]
        if not volume.direct_io(turn.setup.direct_io):
            return None
        for _ in range(quiet.TRIES):
            run = self._run(turn, volume)
            if not quiet.is_disturbed(run):
                break
            print("others disturbed a run of this:", flush=True)
        return run

    def _run(self, turn, volume):
        host.drop_caches()
        self._set_memory(turn.workload.narrow)
        quiet.wait(self._disk, sampler.TICKS_PER_SECOND, print)
        with setups.evictor(turn.setup, volume.image, self._folder, self._log) as evictor:
            for mount in volume.mounts:
                host.read_file(mount / turn.workload.file, turn.workload.set_mib)
            return self._measure(turn.workload, volume, evictor)

    def _set_memory(self, narrow):
        if narrow:
            self._memory.narrow()
        else:
            self._memory.widen()

    def _measure(self, workload, volume, evictor):
        ramp, seconds = self._pace.ramp_seconds(workload), self._pace.seconds(workload)
        uppers = [mount / workload.file for mount in volume.mounts]
        fio = host.start(
            workloads.fio_arguments(workload, volume.mounts, ramp, seconds),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        looks = sampler.Sampler(volume.image, uppers, self._disk, fio, evictor)
        looks.start()
        try:
            output, errors = fio.communicate(timeout=ramp + seconds + 60)
        finally:
            host.stop(fio)
            looks.stop()
        if fio.returncode != 0:
            raise host.HostError(f"fio failed: {errors.strip()} {output.strip()}")
        first_job = next(iter(workload.jobs))
        window = looks.samples[ramp : ramp + seconds + 1]
        return {
            **figures.parse_fio(output, first_job, workload.fsync),
            **figures.host_figures(window, sampler.TICKS_PER_SECOND, len(window) - 1),
            "lower_mib_each_second": [s.lower_bytes // host.MIB for s in looks.samples],
        }
