#!/usr/bin/env python3
# Runs in the virtual machine of packaging/test/vm-arm64.
import json
import os
import subprocess
import sys
import time

from inside import MIB, check, java_pid, lower_cache, make_filesystem, report, run, run_test, status

IMAGE, DATA = "/var/image", "/mnt/data"
DATA_SIZE = 96 * MIB
BUDGET = 4 * MIB
TIMEOUT = 120  # seconds, in an emulation on a busy host
ARCHIVE = "/usr/lib/fadvised/lib/fadvised.jsa"
ROUNDS = 3


def check_abi():
    """cachestat is in the headers of 6.5 and later only."""
    with open("/abi.expected") as text:
        expected = text.read().splitlines()
    found = [line for line in run("/abi").splitlines() if not line.startswith("__NR_cachestat ")]
    check(found == expected, "C on this machine: %s" % sorted(set(found) ^ set(expected)))
    report("%d numbers and layouts are those of C" % len(found))


def awaits(holds, words):
    end = time.monotonic() + TIMEOUT
    while not holds():
        check(time.monotonic() < end, words)
        time.sleep(1)


def is_active():
    return subprocess.run(("systemctl", "is-active", "--quiet", "fadvised"), check=False).returncode == 0


def write_data():
    with open(DATA, "wb") as data:
        for _ in range(DATA_SIZE // MIB):
            data.write(os.urandom(MIB))
        os.fsync(data.fileno())
    run("sync")


def residency():
    found = json.loads(run("fadvised", "residency", "--json", IMAGE))["targets"][0]
    return found["residentBytes"], found["probe"]


def device():
    return status()[0]


def check_count(probe):
    """Without the daemon, and without I/O in between."""
    run("systemctl", "stop", "fadvised")
    write_data()
    expected = lower_cache(IMAGE)
    found, counted_by = residency()
    check(expected > DATA_SIZE // 2, "the lower cache is not filled, so the test proves nothing")
    check(found == expected, "residency: %d bytes, fincore: %d" % (found, expected))
    check(counted_by == probe, "residency is not counted by " + probe)
    report("residency by %s is that of fincore: %d bytes" % (counted_by, found))


def check_eviction(probe):
    before = lower_cache(IMAGE) if os.path.exists(IMAGE) else DATA_SIZE
    run("systemctl", "start", "fadvised")
    awaits(lambda: device()["releasedBytes"] >= DATA_SIZE // 2, "nothing is evicted: %s" % device())
    awaits(lambda: device()["residentBytes"] <= BUDGET, "the lower cache stays above its budget: %s" % device())
    found = device()
    check(found["probe"] == probe, "residency is not measured by " + probe)
    check(found["foundBy"].startswith("file handle"), "found by " + found["foundBy"])
    if os.path.exists(IMAGE):
        check(lower_cache(IMAGE) <= BUDGET, "fincore: %d bytes" % lower_cache(IMAGE))
    report("evicted: %d of %d MiB left, %d MiB released, found by %s" % (
        found["residentBytes"] // MIB, before // MIB, found["releasedBytes"] // MIB, found["foundBy"]))


def check_text():
    words = run("fadvised", "status")
    check("loop0" in words, words)
    run("fadvised", "check-config")
    print(run("fadvised", "status"))


def check_stop():
    run("systemctl", "stop", "fadvised")
    check(run("systemctl", "show", "--value", "--property", "Result", "fadvised") == "success", "it did not stop cleanly")
    report("stopped cleanly")


def seconds(*command):
    start = time.monotonic()
    run(*command)
    return time.monotonic() - start


def maps_archive():
    with open("/proc/%s/maps" % java_pid()) as text:
        return ARCHIVE in text.read()


def resident_mib():
    with open("/proc/%s/status" % java_pid()) as text:
        return [int(line.split()[1]) >> 10 for line in text if line.startswith("VmRSS:")][0]


def compare_starts():
    """Start of the service until READY, with and without the class data archive, interleaved."""
    times, resident = {"with": [], "without": []}, {}
    for _ in range(ROUNDS):
        for archive in times:
            run("systemctl", "stop", "fadvised")
            if archive == "without":
                os.rename(ARCHIVE, ARCHIVE + ".away")
            times[archive].append(seconds("systemctl", "start", "fadvised"))
            time.sleep(3)
            resident[archive] = resident_mib()
            check(maps_archive() == (archive == "with"), "class data archive mapped: %s" % maps_archive())
            if archive == "without":
                os.rename(ARCHIVE + ".away", ARCHIVE)
    medians = {archive: sorted(taken)[ROUNDS // 2] for archive, taken in times.items()}
    report("start: %.2f s with the archive, %.2f s without; resident %d and %d MiB" % (
        medians["with"], medians["without"], resident["with"], resident["without"]))


def main():
    probe = sys.argv[1]
    print()  # ends the line of the firmware
    report("Linux %s on %s, pages of %d bytes" % (os.uname().release, os.uname().machine, os.sysconf("SC_PAGE_SIZE")))
    check_abi()
    os.makedirs("/etc/fadvised", exist_ok=True)
    taken = seconds("dpkg", "-i", "/fadvised.deb")
    check(is_active(), "the service does not run after the installation")
    report("installed in %.0f s, and the service runs" % taken)
    with open("/etc/fadvised/fadvised.conf", "a") as conf:
        conf.write("fadvised.budget { relaxed = 4MiB, pressed = 4MiB }\n")
    make_filesystem(IMAGE, DATA_SIZE + 64 * MIB)
    run("mount", run("losetup", "--find", "--show", IMAGE), "/mnt")
    check_count(probe)
    check_eviction(probe)
    check_text()
    check_stop()
    write_data()
    os.unlink(IMAGE)
    check_eviction(probe)
    compare_starts()
    check_stop()
    run("umount", "/mnt")
    run("dpkg", "--purge", "fadvised")
    check(not os.path.exists("/usr/lib/fadvised"), "files are left")
    report("passed")


if __name__ == "__main__":
    run_test(main)
