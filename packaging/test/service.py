"""Shared by the tests of the installed service: the unpacked .deb, the daemon and loop devices."""
import concurrent.futures
import contextlib
import errno
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

MIB = 1 << 20
LOOP_CLR_FD, LOOP_CONFIGURE, LOOP_CTL_REMOVE, LOOP_CTL_GET_FREE = 0x4C01, 0x4C0A, 0x4C81, 0x4C82  # linux/loop.h
LOWEST_REMOVED = 100  # free nodes below stay, because another program may be using the lowest
STOPPED_WITHIN = 30  # seconds; the service manager waits for 20
DETACHED_WITHIN = 10  # seconds, because udev and others may have one open
TEST = os.path.basename(sys.argv[0])


def report(words, *figures):
    print("%s: %s" % (TEST, words % figures), flush=True)


def check(holds, words):
    if not holds:
        raise SystemExit("%s: FAILED: %s" % (TEST, words))


@contextlib.contextmanager
def work_directory():
    """A directory for the test; SIGTERM cleans it up, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("%s: ended by SIGTERM" % TEST))
    with tempfile.TemporaryDirectory(prefix="fadvised-test.", dir="/var/tmp") as directory:
        yield directory


class Service:
    """The daemon under jsvc, started like the unit."""

    def __init__(self, tree, directory, config, timeout=30, **environment):
        self.tree = tree
        self.environment = {"PATH": os.environ["PATH"], "FADVISED_PID_FILE": os.path.join(directory, "pid"),
                            "FADVISED_SOCKET": os.path.join(directory, "socket"), **environment}
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.address = os.path.join(directory, "notify")
        self.socket.bind(self.address)
        self.socket.settimeout(timeout)
        self.log = os.path.join(directory, "log")
        self.log_start = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.started = time.monotonic()
        with open(self.log, "a") as log:
            self.jsvc = subprocess.Popen(
                [tree + "/usr/lib/fadvised/bin/fadvised-service", "--config", config],
                env=dict(self.environment, NOTIFY_SOCKET=self.address),
                stdout=log, stderr=log, start_new_session=True)
        try:
            check(self.socket.recv(4096).startswith(b"READY=1"), "the first notification is not READY")
            self.notified = [time.monotonic()]  # times of READY and the watchdog notifications
            with open(self.environment["FADVISED_PID_FILE"]) as pid:
                self.pid = int(pid.read())
            threading.Thread(target=self.listen, daemon=True).start()
        except BaseException:
            self.kill()
            raise

    def listen(self):
        self.socket.settimeout(None)
        while b"STOPPING=1" not in self.socket.recv(4096):
            self.notified.append(time.monotonic())

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        try:
            self.stop()
        finally:
            if failure:
                subprocess.run(["tail", "-n", "20", self.log], stdout=sys.stderr)

    def runs(self):
        return self.jsvc.poll() is None

    def until_swept(self, nodes, timeout=30):
        """Seconds from the start until the log has a sweep of each node; requires log.level = debug."""
        missing = {os.path.basename(node) for node in nodes}
        with open(self.log) as log:
            log.seek(self.log_start)
            text = ""
            while missing:
                check(time.monotonic() - self.started < timeout, "%d devices are not swept" % len(missing))
                time.sleep(0.02)
                text = text.rpartition("\n")[2] + log.read()
                missing -= set(re.findall(r"(loop\d+): swept in .*\n", text))
        return time.monotonic() - self.started

    def processor_seconds(self):
        return time.clock_gettime(~self.pid << 3 | 2)  # the clock of a process, see clock_getcpuclockid(3)

    def memory(self, key):
        with open("/proc/%d/status" % self.pid) as status:
            return [int(line.split()[1]) for line in status if line.startswith(key + ":")][0]

    def resident_set(self):
        return self.memory("VmRSS") << 10

    def private_memory(self):
        return self.memory("RssAnon") << 10

    def threads(self):
        return self.memory("Threads")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def command(self, *words):
        """The output of a command of fadvised."""
        return subprocess.run([self.tree + "/usr/bin/fadvised", *words], check=True, stdout=subprocess.PIPE,
                              env=self.environment, text=True).stdout

    def status(self):
        """The loop devices."""
        return json.loads(self.command("status", "--json"))["devices"]

    def metrics(self):
        """The values by name and labels, as in Prometheus's text format."""
        lines = [line for line in self.command("metrics").splitlines() if not line.startswith("#")]
        return {series: float(value) for series, value in (line.rsplit(" ", 1) for line in lines)}

    def stop(self):
        self.jsvc.send_signal(signal.SIGTERM)
        try:
            self.jsvc.wait(STOPPED_WITHIN)
        except BaseException:
            self.kill()
            raise
        self.socket.close()
        os.unlink(self.address)

    def kill(self):
        """Kills jsvc and its child, the JVM."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.jsvc.pid, signal.SIGKILL)
        self.jsvc.wait()


def unpack(deb, directory):
    tree = os.path.join(directory, "tree")
    subprocess.run(["dpkg-deb", "--extract", deb, tree], check=True)
    return tree


def configure(directory, words):
    """A configuration for the devices over files in the directory only."""
    config = os.path.join(directory, "fadvised.conf")
    with open(config, "w") as text:
        text.write('fadvised { devices.include = ["%s/**"], %s }\n' % (directory, words))
    return config


class LoopDevices:
    """Loop devices over sparse files in a directory, detached at the end."""

    def __init__(self, directory, size=64 * MIB):
        self.directory = directory
        self.size = size
        self.images = {}  # by node
        self.made = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end = time.monotonic() + DETACHED_WITHIN
        while self.attached() and time.monotonic() < end:
            detach_all(self.attached())
            time.sleep(0.1)
        left = self.attached()
        if left:
            raise RuntimeError("loop devices still attached: " + " ".join(left))  # keeps an earlier failure as its context

    def attached(self):
        """Asks the kernel, because a signal may have interrupted an attachment."""
        listed = subprocess.run(["losetup", "--noheadings", "--raw", "--output", "NAME,BACK-FILE"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        pairs = [line.split(maxsplit=1) for line in listed.splitlines()]
        return [pair[0] for pair in pairs if pair[1:] and pair[1].startswith(self.directory + "/")]

    def nodes(self):
        return list(self.images)

    def attach(self, count):
        """Attaches devices and returns their nodes."""
        new = []
        for _ in range(count):
            image = os.path.join(self.directory, "image%d" % self.made)
            self.made += 1
            with open(image, "wb") as data:
                data.truncate(self.size)
            new.append(attach_one(image))
            self.images[new[-1]] = image
        return new

    def detach(self, nodes):
        detach_all(nodes)
        for node in nodes:
            os.unlink(self.images.pop(node))


@contextlib.contextmanager
def opened(path):
    fd = os.open(path, os.O_RDWR)
    try:
        yield fd
    finally:
        os.close(fd)


def attach_one(image):
    """Attaches a file to a free device as losetup does, in a fifth of the time; requires Linux 5.8."""
    with opened("/dev/loop-control") as control, opened(image) as file:
        while True:
            node = "/dev/loop%d" % fcntl.ioctl(control, LOOP_CTL_GET_FREE)
            with opened(node) as device:
                try:
                    fcntl.ioctl(device, LOOP_CONFIGURE, struct.pack("=I300x", file))  # struct loop_config
                    return node
                except OSError as failure:
                    if failure.errno != errno.EBUSY:  # else another program was faster
                        raise


def detach_all(nodes):
    """Detaches devices, many at once, because the kernel takes 40 ms for each."""
    with concurrent.futures.ThreadPoolExecutor(64) as threads:
        list(threads.map(detach_one, nodes))


def detach_one(node):
    """Also removes a node above the usual number: each has a line in /proc/diskstats that later tests would read."""
    with opened(node) as device, contextlib.suppress(OSError):  # detached already
        fcntl.ioctl(device, LOOP_CLR_FD)
    number = int(node[len("/dev/loop"):])
    if number >= LOWEST_REMOVED:
        with opened("/dev/loop-control") as control, contextlib.suppress(OSError):  # in use
            fcntl.ioctl(control, LOOP_CTL_REMOVE, number)


def write_to(nodes, size=4096, offset=0):
    for node in nodes:
        fd = os.open(node, os.O_WRONLY)
        os.pwrite(fd, os.urandom(size), offset)
        os.fsync(fd)
        os.close(fd)
