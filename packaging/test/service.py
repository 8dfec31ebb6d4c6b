"""What the tests of the installed service have in common: the unpacked .deb, the daemon, and loop devices."""
import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

MIB = 1 << 20
LOOP_CTL_REMOVE = 0x4C81  # linux/loop.h
LOWEST_REMOVED = 100  # free nodes below that stay: somebody may just be taking the lowest
STOPPED_WITHIN = 30  # seconds; the service manager waits for 20
DETACHED_WITHIN = 10  # seconds, for whoever looks at one just now, as udev does
TEST = os.path.basename(sys.argv[0])


def say(words, *figures):
    print("%s: %s" % (TEST, words % figures), flush=True)


def check(holds, words):
    if not holds:
        raise SystemExit("%s: FAILED: %s" % (TEST, words))


@contextlib.contextmanager
def work_folder():
    """A folder of the test's own, and a SIGTERM that cleans up like any failure."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("%s: ended by SIGTERM" % TEST))
    with tempfile.TemporaryDirectory(prefix="fadvised-test.", dir="/var/tmp") as folder:
        yield folder


class Service:
    """The daemon under jsvc, as the unit starts it."""

    def __init__(self, tree, folder, config, patience=30):
        self.tree = tree
        self.environment = {"PATH": os.environ["PATH"], "FADVISED_PID_FILE": os.path.join(folder, "pid")}
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.address = os.path.join(folder, "notify")
        self.socket.bind(self.address)
        self.socket.settimeout(patience)
        self.log = os.path.join(folder, "log")
        self.log_start = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        self.started = time.monotonic()
        with open(self.log, "a") as log:
            self.jsvc = subprocess.Popen(
                [tree + "/usr/lib/fadvised/bin/fadvised-service", "--config", config],
                env=dict(self.environment, NOTIFY_SOCKET=self.address),
                stdout=log, stderr=log, start_new_session=True)
        try:
            check(self.socket.recv(4096).startswith(b"READY=1"), "the first notification is not READY")
            self.told = [time.monotonic()]  # READY, and then the watchdog's food
            with open(self.environment["FADVISED_PID_FILE"]) as pid:
                self.pid = int(pid.read())
            threading.Thread(target=self.listen, daemon=True).start()
        except BaseException:
            self.kill()
            raise

    def listen(self):
        self.socket.settimeout(None)
        while b"STOPPING=1" not in self.socket.recv(4096):
            self.told.append(time.monotonic())

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

    def until_swept(self, nodes, patience=30):
        """Seconds from the start until each of these was swept once, by the log. Needs log.level = debug."""
        missing = {os.path.basename(node) for node in nodes}
        with open(self.log) as log:
            log.seek(self.log_start)
            text = ""
            while missing:
                check(time.monotonic() - self.started < patience, "%d devices are not swept" % len(missing))
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

    def threads(self):
        return self.memory("Threads")

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def command(self, *words):
        """What a command of fadvised prints."""
        return subprocess.run([self.tree + "/usr/bin/fadvised", *words], check=True, stdout=subprocess.PIPE,
                              env=self.environment, text=True).stdout

    def status(self):
        return json.loads(self.command("status", "--json"))

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
        """With the JVM, which is jsvc's child."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.jsvc.pid, signal.SIGKILL)
        self.jsvc.wait()


def compiled(folder):
    """Where Figures is; needs a JDK 17 or later (javac)."""
    source = os.path.join(os.path.dirname(os.path.realpath(__file__)), "Figures.java")
    subprocess.run(["javac", "--release", "17", "-d", folder, source], check=True)
    return folder


def over_jmx(service, classes):
    line = subprocess.run([service.tree + "/usr/lib/fadvised/runtime/bin/java", "-XX:TieredStopAtLevel=1",
                           "-XX:+UseSerialGC", "-cp", classes, "Figures", str(service.pid)],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(field.split("=") for field in line.split())


def unpack(deb, folder):
    tree = os.path.join(folder, "tree")
    subprocess.run(["dpkg-deb", "--extract", deb, tree], check=True)
    return tree


def configure(folder, words):
    """A configuration for the devices over files of the folder alone."""
    config = os.path.join(folder, "fadvised.conf")
    with open(config, "w") as text:
        text.write('fadvised { devices.include = ["%s/**"], %s }\n' % (folder, words))
    return config


class LoopDevices:
    """Loop devices over sparse files of a folder; what is left of them at the end is detached."""

    def __init__(self, folder, size=64 * MIB):
        self.folder = folder
        self.size = size
        self.images = {}  # by node
        self.made = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        numbers = [number_of(node) for node in self.attached()]
        end = time.monotonic() + DETACHED_WITHIN
        while self.attached() and time.monotonic() < end:
            subprocess.run(["losetup", "--detach", *self.attached()])
            time.sleep(0.1)
        forget(numbers)
        left = self.attached()
        if left:
            raise RuntimeError("loop devices are left behind: " + " ".join(left))  # hides no failure before it

    def attached(self):
        """What the kernel knows: one may have been attached without our hearing of it, when a signal came."""
        listed = subprocess.run(["losetup", "--noheadings", "--raw", "--output", "NAME,BACK-FILE"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        pairs = [line.split(maxsplit=1) for line in listed.splitlines()]
        return [pair[0] for pair in pairs if pair[1:] and pair[1].startswith(self.folder + "/")]

    def nodes(self):
        return list(self.images)

    def attach(self, count):
        """The new nodes."""
        new = []
        for _ in range(count):
            image = os.path.join(self.folder, "image%d" % self.made)
            self.made += 1
            with open(image, "wb") as data:
                data.truncate(self.size)
            new.append(subprocess.run(["losetup", "--find", "--show", image], check=True,
                                      stdout=subprocess.PIPE, text=True).stdout.strip())
            self.images[new[-1]] = image
        return new

    def detach(self, nodes):
        if nodes:
            subprocess.run(["losetup", "--detach", *nodes], check=True)
        for node in nodes:
            os.unlink(self.images.pop(node))
        forget([number_of(node) for node in nodes])


def number_of(node):
    return int(node[len("/dev/loop"):])


def forget(numbers):
    """Removes nodes above the usual number: /proc/diskstats has a line for each, which all other tests would read."""
    control = os.open("/dev/loop-control", os.O_RDWR)
    for number in numbers:
        if number >= LOWEST_REMOVED:
            with contextlib.suppress(OSError):  # somebody has it
                fcntl.ioctl(control, LOOP_CTL_REMOVE, number)
    os.close(control)


def write_to(nodes, size=4096, offset=0):
    for node in nodes:
        fd = os.open(node, os.O_WRONLY)
        os.pwrite(fd, os.urandom(size), offset)
        os.fsync(fd)
        os.close(fd)
