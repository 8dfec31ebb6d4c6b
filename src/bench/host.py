"""What the benchmark changes on the host: files, loop devices, mounts, memory, processes.

Every change is told to a guard before it is made.
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

# How exactly memory is left: less than repeats differ by. What was freed shows a moment later.
CLOSE_MIB = 8
FAR_MIB = 32  # where free memory wobbles: a hundredth of what is left
LEAVE_TRIES = 20
BETWEEN_TRIES_SECONDS = 0.1

# What a stopped program may take to end; the daemon itself allows its last sweep 10 s.
STOP_SECONDS = 15

# Free of the volume beside its files: ext4's own tables and journal.
SLACK = 1.06
SLACK_MIB = 160


class HostError(Exception):
    """The host cannot do what the benchmark needs; the text says why."""


def run(*argv):
    """Runs a command and returns its output without the last newline."""
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise HostError(f"{' '.join(map(str, argv))}: {said}")
    return done.stdout.rstrip("\n")


def start(argv, **how):
    """Starts a program that dies with the benchmark, even if that is killed, and not of a ^C."""
    argv = ["setpriv", "--pdeathsig", "KILL", "--", *map(str, argv)]
    return subprocess.Popen(argv, start_new_session=True, **how)


def stop(process):
    """Stops a program and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def drop_caches():
    """Brings the page cache into the same state for all: empty."""
    os.sync()
    DROP_CACHES.write_text("3")


def meminfo_bytes(key):
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) << 10
    raise HostError(f"/proc/meminfo has no {key}")


class Memory:
    """Takes memory away by reserving huge pages."""

    def __init__(self, undo):
        self._before = int(HUGE_PAGES.read_text())
        undo.later(f"echo {self._before} >{HUGE_PAGES}")

    def leave(self, rest_mib):
        """Leaves that much available, whatever else takes memory by now, and the caches empty."""
        page = meminfo_bytes("Hugepagesize")
        for attempt in range(LEAVE_TRIES):
            drop_caches()
            spare = meminfo_bytes("MemAvailable") - rest_mib * MIB
            close = CLOSE_MIB if attempt < LEAVE_TRIES / 2 else FAR_MIB
            if abs(spare) <= close * MIB:
                return
            pages = int(HUGE_PAGES.read_text()) + spare // page
            if pages < self._before:
                raise HostError(f"less than {rest_mib} MiB of memory are available")
            self._reserve(pages)
            time.sleep(BETWEEN_TRIES_SECONDS)
        raise HostError(f"{rest_mib} MiB of memory could not be left: {spare // MIB:+d} MiB are")

    def is_left(self, rest_mib):
        """Whether that much is available, as far as leave() promises."""
        return abs(meminfo_bytes("MemAvailable") - rest_mib * MIB) <= FAR_MIB * MIB

    def give_back(self):
        self._reserve(self._before)

    def _reserve(self, pages):
        if int(HUGE_PAGES.read_text()) == pages:
            return
        COMPACT_MEMORY.write_text("1")
        HUGE_PAGES.write_text(str(pages))


class Volume:
    """A backing file with ext4 in it, and the loop devices and mounts over it."""

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
        """A loop device over the file, mounted."""
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
        """Switches direct I/O of all devices; False if one refused."""
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
    """Fills a file with bytes that differ from page to page, and writes it out."""
    piece = os.urandom(MIB)
    with open(path, "wb", buffering=0) as file:
        for _ in range(size_mib):
            file.write(piece)
        os.fsync(file.fileno())


def read_file(path, size_mib):
    """Reads the beginning of a file, in order, through the page cache."""
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
