"""Changes files, loop devices, mounts, memory and processes of the host.

Every change is registered with a guard first.
"""

import os
import pathlib
import shlex
import signal
import subprocess
import time

import guard

HUGE_PAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")
COMPACT_MEMORY = pathlib.Path("/proc/sys/vm/compact_memory")
DROP_CACHES = pathlib.Path("/proc/sys/vm/drop_caches")
MIB = 1 << 20

# Maximum error of the available memory, less than the difference between repeats. Freed memory appears a moment later.
MAX_ERROR_MIB = 8
MAX_LATE_ERROR_MIB = 32  # if free memory fluctuates: 1 % of the memory left
MAX_TRIES = 20
RETRY_SECONDS = 0.1

# Maximum time for a program to stop; the daemon waits 10 s for its last sweep.
STOP_SECONDS = 15

# Space for the tables and the journal of ext4 beside the files.
SLACK = 1.06
SLACK_MIB = 160


class HostError(Exception):
    """The host lacks something that the benchmark needs; the message names it."""


def run(*argv):
    """Runs a command and returns its output without the last newline."""
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True)
    if done.returncode != 0:
        message = (done.stderr or done.stdout).strip()
        raise HostError(f"{' '.join(map(str, argv))}: {message}")
    return done.stdout.rstrip("\n")


def start(argv, **options):
    """Starts a program that ignores ^C and is killed when the benchmark ends."""
    argv = ["setpriv", "--pdeathsig", "KILL", "--", *map(str, argv)]
    return subprocess.Popen(argv, start_new_session=True, **options)


def stop(process):
    """Stops a program and its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def drop_caches():
    """Empties the page cache of the host."""
    os.sync()
    DROP_CACHES.write_text("3")


def meminfo_bytes(key):
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) << 10
    raise HostError(f"/proc/meminfo has no {key}")


class Memory:
    """Reduces available memory by reserving huge pages."""

    def __init__(self, undo):
        self._before = int(HUGE_PAGES.read_text())
        undo.later(f"echo {self._before} >{HUGE_PAGES}")

    def leave(self, rest_mib):
        """Leaves rest_mib available, and the page cache empty."""
        page = meminfo_bytes("Hugepagesize")
        for attempt in range(MAX_TRIES):
            drop_caches()
            spare = meminfo_bytes("MemAvailable") - rest_mib * MIB
            close = MAX_ERROR_MIB if attempt < MAX_TRIES / 2 else MAX_LATE_ERROR_MIB
            if abs(spare) <= close * MIB:
                return
            pages = int(HUGE_PAGES.read_text()) + spare // page
            if pages < self._before:
                raise HostError(f"less than {rest_mib} MiB of memory are available")
            self._reserve(pages)
            time.sleep(RETRY_SECONDS)
        raise HostError(f"cannot leave {rest_mib} MiB of memory: off by {spare // MIB:+d} MiB")

    def is_left(self, rest_mib):
        """Returns whether rest_mib are available, within the error of leave()."""
        return abs(meminfo_bytes("MemAvailable") - rest_mib * MIB) <= MAX_LATE_ERROR_MIB * MIB

    def give_back(self):
        self._reserve(self._before)

    def _reserve(self, pages):
        if int(HUGE_PAGES.read_text()) == pages:
            return
        COMPACT_MEMORY.write_text("1")
        HUGE_PAGES.write_text(str(pages))


class Volume:
    """A backing file with ext4, and the loop devices and mounts on it."""

    def __init__(self, directory, name, files_mib, undo):
        self.image = directory / f"{name}.img"
        self._directory = directory
        self._undo = undo
        self.devices = []
        self.mounts = []
        size = int(sum(files_mib.values()) * SLACK) + SLACK_MIB
        undo.later(f"rm -f {shlex.quote(str(self.image))}")
        run("fallocate", "-l", f"{size}MiB", self.image)
        run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        self._undo.later(_detach_all(self.image))

    def attach(self, name, read_only=False):
        """Attaches a loop device to the file and mounts it."""
        read = ["--read-only"] if read_only else []
        device = run("losetup", "--find", "--show", "--direct-io=off", *read, self.image)
        mount = self._directory / name
        self._undo.later(f"rmdir {shlex.quote(str(mount))}")
        mount.mkdir()
        self._undo.later(f"! mountpoint -q {mount} || umount {shlex.quote(str(mount))}")
        options = "ro,noload" if read_only else "noatime"
        run("mount", "-t", "ext4", "-o", options, device, mount)
        self.devices.append(device)
        self.mounts.append(mount)
        return mount

    def detach(self):
        for device, mount in zip(self.devices, self.mounts):
            run("umount", mount)
            run("losetup", "--detach", device)
        self.devices.clear()
        self.mounts.clear()

    def direct_io(self, wanted):
        """Switches direct I/O of all devices; returns False if it is unavailable."""
        for device in self.devices:
            subprocess.run(
                ["losetup", f"--direct-io={'on' if wanted else 'off'}", device], capture_output=True
            )
        return all(_has_direct_io(device) == wanted for device in self.devices)


def _has_direct_io(device):
    return pathlib.Path(f"/sys/block/{device[5:]}/loop/dio").read_text().strip() == "1"


def _detach_all(image):
    image = shlex.quote(str(image))
    return (
        f"for d in $(losetup -nO NAME -j {image}); do losetup -d $d; done; "
        f"test -z \"$(losetup -j {image})\""
    )


def write_file(path, size_mib):
    """Fills a file with different pages and syncs it."""
    piece = os.urandom(MIB)
    with open(path, "wb", buffering=0) as file:
        for _ in range(size_mib):
            file.write(piece)
        os.fsync(file.fileno())


def read_file(path, size_mib):
    """Reads the first size_mib of a file in order, through the page cache."""
    with open(path, "rb", buffering=0) as file:
        for _ in range(size_mib):
            if not file.read(MIB):
                return


def disk_of(path):
    """The (major, minor) numbers of the disk that holds a path."""
    number = os.stat(path).st_dev
    return os.major(number), os.minor(number)


def missing_tools(tools):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    os.environ["PATH"] = path
    return [tool for tool in tools if not any((pathlib.Path(p) / tool).exists() for p in path.split(":"))]
