#!/usr/bin/env python3
# Runs in the virtual machine of packaging/test/vm-faults, with a healthy loop device on the root disk and a faulty one
# whose storage is controlled with the device mapper.
import errno
import glob
import mmap
import os
import random
import signal
import subprocess
import sys
import threading
import time

from inside import MIB, check, java_pid, lower_cache, make_filesystem, report, run, status

DISK = "/dev/vdb"
FAULTY_DISK = "/dev/mapper/faulty"
IMAGE_SIZE = 96 * MIB
BUDGET = 8 * MIB
# Allows for the error of estimated residency.
SLACK = 8 * MIB
# Exceeds both, so that only an eviction brings the residency below them.
ROUND = 32 * MIB
BURST = 16 * MIB
BLOCK = 256 << 10
# Seconds. In the emulation, on a busy host, a sweep takes up to one second. Idle devices are measured every five.
EVICTED_WITHIN = 40
TIMEOUT = 90
STARTED_WITHIN = 180
# Seconds. The daemon notifies the watchdog every 10 s, in an emulation somewhat later.
WATCHDOG = 30
SLEEP = 50
SLEEPS = 3
FLOOD = 200  # lines of 32 KiB, more than fit in the space that the journal has allocated


class File:
    """A file that remembers the last content of each block."""

    def __init__(self, path, block, blocks, flags=0):
        self.path = path
        self.flags = os.O_RDWR | os.O_CREAT | flags
        self.open()
        self.aligned = mmap.mmap(-1, block)
        self.block = block
        self.blocks = blocks
        self.last = {}
        self.writes = 0

    def open(self):
        self.descriptor = os.open(self.path, self.flags)

    def close(self):
        os.close(self.descriptor)

    def content(self, number):
        return random.Random(number).randbytes(self.block)

    def write(self, place):
        self.writes += 1
        self.aligned[:] = self.content(self.writes)
        os.pwrite(self.descriptor, self.aligned, place * self.block)
        self.last[place] = self.writes

    def sync(self):
        os.fsync(self.descriptor)

    def read(self, place):
        os.preadv(self.descriptor, [self.aligned], place * self.block)
        return self.aligned[:]

    def damaged(self):
        return [place for place, number in self.last.items() if self.read(place) != self.content(number)]


class Device:
    def __init__(self, image, mount):
        self.image = image
        self.mount = mount

    def make(self):
        # Blocks are smaller than a page, so that a write to the lower filesystem must read the page first.
        make_filesystem(self.image, IMAGE_SIZE, "-b", "1024")
        self.attach()

    def attach(self):
        os.makedirs(self.mount, exist_ok=True)
        run("mount", "-o", "loop", self.image, self.mount)
        self.name = os.path.basename(run("findmnt", "--noheadings", "--output", "SOURCE", self.mount))
        self.stream = File(self.mount + "/stream", BLOCK, ROUND // BLOCK)
        self.small = File(self.mount + "/small", 1024, 4096, os.O_DIRECT)

    def detach(self):
        self.stream.close()
        self.small.close()
        run("umount", self.mount)

    def fill(self):
        """Fills the lower cache beyond the budget."""
        for place in range(self.stream.blocks):
            self.stream.write(place)
        self.stream.sync()

    def is_kept(self):
        return lower_cache(self.image) <= BUDGET + SLACK

    def seconds_until_evicted(self):
        self.fill()
        start = time.monotonic()
        await_that(self.is_kept, EVICTED_WITHIN, "the lower copy of %s was not evicted" % self.image)
        return time.monotonic() - start

    def status(self):
        return next((device for device in status() if device["device"] == self.name), {})


class Load(threading.Thread):
    """Writes to a device until it is stopped or fails."""

    def __init__(self, device):
        super().__init__(daemon=True)
        self.device = device
        self.stopped = False
        self.error = None
        self.start()

    def run(self):
        places = random.Random(2)
        try:
            while not self.stopped:
                self.device.stream.write(places.randrange(self.device.stream.blocks))
                self.device.small.write(places.randrange(self.device.small.blocks))
                time.sleep(0.05)
        except OSError as error:
            self.error = error

    def stop(self):
        self.stopped = True
        self.join(TIMEOUT)
        check(not self.is_alive(), "the writer to %s hangs" % self.device.mount)


class Burst(threading.Thread):
    """Writes to a new file, for whose blocks the lower filesystem has no space allocated yet."""

    def __init__(self, device):
        super().__init__(daemon=True)
        path = device.mount + "/burst"
        run("fallocate", "--length", str(BURST), path)
        self.file = File(path, BLOCK, BURST // BLOCK)
        run("sync")

    def run(self):
        for place in range(self.file.blocks):
            self.file.write(place)
        self.file.sync()

    def stop(self):
        self.join(TIMEOUT)
        check(not self.is_alive(), "the writer to %s hangs" % self.file.path)
        self.file.close()
        os.remove(self.file.path)


class Journal:
    """The log lines of the service from now on."""

    def __init__(self):
        shown = run("journalctl", "--lines", "0", "--show-cursor")
        self.cursor = shown.split("cursor: ")[1]

    def lines(self):
        lines = run("journalctl", "--output", "cat", "--unit", "fadvised", "--after-cursor", self.cursor)
        return lines.splitlines()

    def find(self, words):
        return next((line for line in self.lines() if words in line), None)


def await_that(condition, seconds, words):
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result or time.monotonic() > end:
            check(result, "%s within %d s" % (words, seconds))
            return result
        time.sleep(0.5)


def property_of_service(name):
    return run("systemctl", "show", "--property", name, "--value", "fadvised")


def is_active():
    return property_of_service("ActiveState") == "active"


class Survival:
    """Checks that the same JVM survives."""

    def __enter__(self):
        self.pid = java_pid()

    def __exit__(self, kind, *_):
        if kind is None:
            check(is_active() and java_pid() == self.pid, "the daemon was restarted")


def table(target):
    sectors = run("blockdev", "--getsz", DISK)
    return "0 %s %s" % (sectors, target)


def swap(target):
    run("dmsetup", "suspend", "--noflush", "--nolockfs", "faulty")
    run("dmsetup", "load", "faulty", "--table", table(target))
    run("dmsetup", "resume", "faulty")


def forget_metadata():
    with open("/proc/sys/vm/drop_caches", "w") as drop:
        drop.write("3")


def hang(faulty):
    """
    Suspends the storage until a sweep hangs. An eviction starts the writing of dirty data; here it must first read where
    space is free. Tries again if the sweep was just slow in the emulation.
    """
    for _ in range(5):
        journal = Journal()
        burst = Burst(faulty)
        run("dmsetup", "suspend", "--noflush", "--nolockfs", "faulty")
        forget_metadata()
        burst.start()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if journal.find(faulty.name + ": quarantined"):
                seen = faulty.status()
                if seen["state"] == "quarantined":
                    return seen, burst
            time.sleep(0.5)
        run("dmsetup", "resume", "faulty")
        burst.stop()
        time.sleep(3)
    check(False, "no sweep hangs while storage is suspended")


def storage_hangs(healthy, faulty):
    load = Load(faulty)
    with Survival():
        seen, burst = hang(faulty)
        check(seen["reasonCode"] == "not-responding", "another reason: %s" % seen)
        seconds = healthy.seconds_until_evicted()
        run("dmsetup", "resume", "faulty")
        burst.stop()
        load.stop()
        check(load.error is None, "writing failed after the storage came back: %s" % load.error)
        again = faulty.seconds_until_evicted()
        state = faulty.status()["state"]
        check(state in ("managed", "idle"), "still quarantined: " + state)
    report("storage hangs: %s, %s; the other device evicted in %.0f s; resumed (%s), evicted in %.0f s" % (
        seen["state"], seen["reason"], seconds, state, again))


def unmount_lower():
    """Retries, because udev and others may have the loop device open."""
    def unmounted():
        return subprocess.run(("umount", "/faulty"), stderr=subprocess.DEVNULL).returncode == 0

    await_that(unmounted, TIMEOUT, "the filesystem of the faulty device was not unmounted")


def storage_fails(healthy, faulty):
    """
    Must be the last fault: data in flight to the faulty device is lost, and the filesystems are repaired. Data that
    was synced and evicted before must be intact.
    """
    settled = File(faulty.mount + "/settled", BLOCK, ROUND // BLOCK)
    for place in range(settled.blocks):
        settled.write(place)
    settled.sync()
    settled.close()
    await_that(faulty.is_kept, EVICTED_WITHIN, "synced data was not evicted")
    with Survival():
        load = Load(faulty)
        journal = Journal()
        swap("flakey %s 0 1 1" % DISK)
        forget_metadata()
        time.sleep(5)
        swap("error")
        forget_metadata()
        load.join(TIMEOUT)
        check(load.error is not None, "nothing failed")
        seconds = healthy.seconds_until_evicted()
        seen = faulty.status()
        check(seen.get("reason"), "no reason for a device whose storage fails: %s" % seen)
        logged = journal.find(faulty.name + ": ") or "nothing"
        swap("linear %s 0" % DISK)
        faulty.detach()
        unmount_lower()
        for path in (FAULTY_DISK, faulty.image):
            subprocess.run(("e2fsck", "-f", "-y", path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            run("e2fsck", "-f", "-n", path)
            if path == FAULTY_DISK:
                run("mount", FAULTY_DISK, "/faulty")
        faulty.attach()
        settled.open()
        check(not settled.damaged(), "synced data is lost")
        settled.close()
        again = faulty.seconds_until_evicted()
    report("storage fails: writing got %s; status: %s (%s); the journal: %s; the other device evicted in %.0f s; repaired,"
        " synced data is intact, evicted in %.0f s" % (
            errno.errorcode[load.error.errno], seen["reason"], seen["state"], logged, seconds, again))


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for part in value for number in numbers(part)]
    return [value] if isinstance(value, (int, float)) else []


def clock_jumps(healthy, faulty):
    journal = Journal()
    day = 24 * 3600
    slowest = 0
    with Survival():
        for jump in (day, -day, 5 * 365 * day, -10 * 365 * day, 5 * 365 * day):
            time.clock_settime(time.CLOCK_REALTIME, time.time() + jump)
            slowest = max(slowest, healthy.seconds_until_evicted())
        seen = status()
        check(min(numbers(seen)) >= 0, "negative numbers in status: %s" % seen)
    report("clock jumps: a day and five years forwards and back; evicted in %.0f s at most; %d lines in the journal"
        % (slowest, len(journal.lines())))


def slept():
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def restart_with_watchdog(seconds):
    """0 restores the watchdog of the unit."""
    drop_in = "/run/systemd/system/fadvised.service.d/watchdog.conf"
    os.makedirs(os.path.dirname(drop_in), exist_ok=True)
    with open(drop_in, "w") as text:
        text.write("[Service]\nWatchdogSec=%d\n" % seconds if seconds else "")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "fadvised")


def sleep_to_memory():
    """Seconds asleep, and seconds awake while suspending and resuming. In qemu the RTC does not end "freeze"."""
    before, start = slept(), time.monotonic()
    run("rtcwake", "--mode", "mem", "--seconds", str(SLEEP))
    return slept() - before, time.monotonic() - start


def host_sleeps(healthy, faulty):
    """
    Sleeps longer than the watchdog timeout. If the emulation needs half of that to wake up (usually 0 s, once 70 s),
    the watchdog may act correctly, so the test is repeated.
    """
    for _ in range(SLEEPS):
        restart_with_watchdog(WATCHDOG)
        journal = Journal()
        pid = java_pid()
        asleep, awake = sleep_to_memory()
        if awake < WATCHDOG / 2:
            break
        report("host sleeps: it took %.0f s to suspend and resume; trying again" % awake)
        await_service()
    else:
        check(False, "the emulation is too slow for a watchdog of %d s" % WATCHDOG)
    check(asleep > WATCHDOG, "it slept for %.0f s only" % asleep)
    seconds = healthy.seconds_until_evicted()
    check(not journal.find("Watchdog timeout"), "the watchdog counted the time asleep")
    check(is_active() and java_pid() == pid, "the daemon was restarted")
    report("host sleeps: for %.0f s, to memory, with a watchdog of %d s; evicted in %.0f s" % (asleep, WATCHDOG, seconds))
    restart_with_watchdog(0)


def processes():
    try:
        with open("/sys/fs/cgroup/system.slice/fadvised.service/cgroup.procs") as inside:
            return [int(line) for line in inside]
    except OSError:
        return []


def await_started():
    return await_that(processes, STARTED_WITHIN, "the service is not started again")


def youngest_of_the_daemon():
    """The JVM, or jsvc before it starts one; ignores other programs of the start script."""
    return max((pid for pid in processes() if name_of(pid) in ("jsvc", "java")), default=None)


def name_of(pid):
    try:
        with open("/proc/%d/comm" % pid) as comm:
            return comm.read().strip()
    except OSError:
        return ""  # the process has ended


def kill_java():
    def killed():
        victim = youngest_of_the_daemon()
        if victim is None:
            return None
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return None
        return victim

    victim = await_that(killed, STARTED_WITHIN, "no process of the daemon to kill")
    await_that(lambda: victim not in processes(), TIMEOUT, "it does not die")


def await_service():
    await_that(is_active, STARTED_WITHIN, "the service does not run again")


def daemon_is_killed(healthy, faulty):
    loads = [Load(healthy), Load(faulty)]
    moments = random.Random(3)
    for _ in range(5):
        await_started()
        time.sleep(moments.uniform(0, 15))
        kill_java()
        run("systemctl", "reset-failed", "fadvised")
    await_service()
    for load in loads:
        load.stop()
        check(load.error is None, "writing failed: %s" % load.error)
    written = sum(device.stream.writes + device.small.writes for device in (healthy, faulty))
    seconds = [device.seconds_until_evicted() for device in (healthy, faulty)]
    report("daemon is killed: five times, started again each time; %d writes meanwhile; evicted in %.0f and %.0f s" % (
        written, *seconds))


def failed_units():
    return run("systemctl", "--failed", "--plain", "--no-legend")


def memory_runs_out(healthy, faulty):
    journal = Journal()
    before = failed_units()
    run("systemctl", "set-property", "--runtime", "fadvised", "MemoryMax=16M")
    await_that(lambda: journal.find("oom-kill"), TIMEOUT, "it was not killed with 16 MiB")
    check("Out of memory:" not in run("dmesg"), "the whole host was out of memory")
    run("systemctl", "set-property", "--runtime", "fadvised", "MemoryMax=512M")
    run("systemctl", "reset-failed", "fadvised")
    await_service()
    check(failed_units() == before, "others failed, too: " + failed_units())
    report("memory runs out: killed at its cgroup's limit (%s); with the limit lifted started again, evicted in %.0f s" % (
        journal.find("oom-kill"), healthy.seconds_until_evicted()))


def flood():
    """Writes more lines than the journal has room for. Returns the numbers on disk and in total."""
    lines = ["flood %s" % os.urandom(16 << 10).hex() for _ in range(FLOOD)]
    subprocess.run(("systemd-cat", "--identifier", "flood"), input="\n".join(lines), text=True, check=True)
    run("journalctl", "--sync")
    shown = ("journalctl", "--output", "cat", "--identifier", "flood")
    return [len(run(*shown, *where).splitlines()) for where in (("--directory", "/var/log/journal"), ())]


def log_is_full(healthy, faulty):
    run("mount", "-t", "tmpfs", "-o", "size=64m", "none", "/var/log/journal")
    run("systemctl", "restart", "systemd-journald")
    run("logger", "words for the new disk")
    with Survival():
        await_that(lambda: glob.glob("/var/log/journal/*/system.journal"), TIMEOUT, "no journal on the disk to fill")
        subprocess.run(("dd", "if=/dev/zero", "of=/var/log/journal/full", "bs=64k"), stderr=subprocess.DEVNULL)
        check(os.statvfs("/var/log/journal").f_bavail == 0, "the disk is not full")
        run("truncate", "--size", "1M", "/var/other")
        node = run("losetup", "--find", "--show", "/var/other")  # causes log lines
        seconds = healthy.seconds_until_evicted()
        on_disk, kept = flood()
        check(on_disk < FLOOD, "the journal goes on writing to the full disk")
        run("losetup", "--detach", node)
        os.remove("/var/log/journal/full")
        run("umount", "--lazy", "/var/log/journal")
        run("systemctl", "restart", "systemd-journald")
    report("log is full: evicted in %.0f s; of %d lines %d went to the disk, %d more to memory" % (
        seconds, FLOOD, on_disk, kept - on_disk))


def data_is_intact(healthy, faulty):
    blocks = 0
    for device in (healthy, faulty):
        device.stream.sync()
        device.small.sync()
        forget_metadata()
        for file in (device.stream, device.small):
            check(not file.damaged(), "blocks of %s differ from the data written" % device.image)
            blocks += len(file.last)
        device.detach()
        run("e2fsck", "-f", "-n", device.image)
        if device is faulty:
            unmount_lower()
            run("e2fsck", "-f", "-n", FAULTY_DISK)
            run("mount", FAULTY_DISK, "/faulty")
        device.attach()
    report("data is intact: %d blocks as written last; the filesystems clean, upper and lower" % blocks)


def main():
    wanted = [globals()[name] for name in sys.argv[1:]] or FAULTS
    healthy = Device("/var/image", "/well")
    faulty = Device("/faulty/image", "/above")
    run("modprobe", "--all", "dm-mod", "dm-flakey")
    run("dmsetup", "create", "faulty", "--table", table("linear %s 0" % DISK))
    run("mkfs.ext4", "-q", FAULTY_DISK)
    os.mkdir("/faulty")
    run("mount", FAULTY_DISK, "/faulty")
    run("systemctl", "stop", "fadvised")
    for device in (healthy, faulty):
        device.make()
        device.fill()
    time.sleep(10)
    check(not healthy.is_kept(), "the lower copy is evicted without the service, so the test proves nothing")
    run("systemctl", "start", "fadvised")
    for device in (healthy, faulty):
        await_that(device.is_kept, EVICTED_WITHIN, "not evicted before any fault")
    report("Linux %s: both devices are evicted" % os.uname().release)
    for fault in wanted:
        start = time.monotonic()
        fault(healthy, faulty)
        print("%s took %d s" % (fault.__name__, time.monotonic() - start), flush=True)
    report("passed")


FAULTS = [
    storage_hangs,
    clock_jumps,
    host_sleeps,
    daemon_is_killed,
    memory_runs_out,
    log_is_full,
    data_is_intact,
    storage_fails,
]
main()
