# Shared by the programs that run in the virtual machines of packaging/test/machine.
import json
import os
import subprocess
import sys

MIB = 1 << 20


def report(words):
    """Prints a line for packaging/test/machine; vm-load prefixes it with LOAD:"""
    program = os.path.basename(sys.argv[0]).replace("vm-", "").replace(".py", "")
    print("%s: %s" % (program.upper(), words), flush=True)


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def check(holds, words):
    if not holds:
        report("FAILED: " + words)
        for command in (("fadvised", "status"), ("journalctl", "--no-pager", "-u", "fadvised")):
            print(subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout)
        sys.exit(1)


def run_test(main):
    """Runs the whole test; a program that fails, or a file that is missing, fails it."""
    try:
        main()
    except (OSError, subprocess.CalledProcessError) as e:
        check(False, "%s %s" % (e, getattr(e, "output", "")))


def status():
    """The loop devices."""
    return json.loads(run("fadvised", "status", "--json"))["devices"]


def java_pid():
    return run("cat", "/run/fadvised/fadvised.pid")


def lower_cache(image):
    return int(run("fincore", "--bytes", "--noheadings", "--output", "RES", image))


def make_filesystem(path, size, *options):
    run("truncate", "-s", str(size), path)
    run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", *options, path)
