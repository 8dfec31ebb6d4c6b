"""Describes the machine and the programs."""

import os
import pathlib
import re
import subprocess

import host
import setups


def describe(disk, directory):
    """Facts by name; disk is (major, minor) of the disk that holds the directory."""
    queue = pathlib.Path(f"/sys/dev/block/{disk[0]}:{disk[1]}")
    return {
        "cpu": _first(r"model name\s*: (.*)", _read("/proc/cpuinfo")),
        "cores": os.cpu_count(),
        "memory_mib": host.meminfo_bytes("MemTotal") // host.MIB,
        "kernel": os.uname().release,
        "distribution": _first(r'PRETTY_NAME="(.*)"', _read("/etc/os-release")),
        "disk": queue.resolve().name if queue.exists() else None,
        "read_ahead_kib": _number(queue / "bdi/read_ahead_kb"),
        "filesystem": host.run("findmnt", "--noheadings", "--output", "FSTYPE", "--target", directory),
        "fadvised": _output(setups.PROGRAM, "--version"),
        "fio": _output("fio", "--version"),
        "fincore": _output("fincore", "--version"),
        "vmtouch": _first(r"vmtouch (v\S+)", _output("vmtouch", "-h")),
    }


def line(facts):
    """The facts in one line."""
    memory = round(facts["memory_mib"] / 1024)
    return (
        f"{facts['cpu']}, {facts['cores']} cores, {memory} GiB, Linux {facts['kernel']}, "
        f"{facts['filesystem']} on {facts['disk']}; {facts['fadvised']}, {facts['fio']}, "
        f"vmtouch {facts['vmtouch']}"
    )


def _read(path):
    return pathlib.Path(path).read_text()


def _number(path):
    return int(path.read_text()) if path.exists() else None


def _first(pattern, text):
    found = re.search(pattern, text)
    return found.group(1) if found else None


def _output(*argv):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True)
    return (done.stdout + done.stderr).strip()
