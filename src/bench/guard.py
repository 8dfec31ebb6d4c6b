"""Undoes the changes that the benchmark made to the host, even if the benchmark is killed.

A guard is a separate process. Before each change it receives the shell command that undoes it. It
runs the commands, last first, when its input is closed: because the benchmark is done, was
interrupted or was killed.
"""

import json
import signal
import socket
import subprocess
import sys
import time

# A device or mount stays busy until a killed program has ended.
TIMEOUT_SECONDS = 15
RETRY_SECONDS = 0.2

# The abstract name of a socket, which exists as long as the guard and is no file.
ONLY_ONE = "\0fadvised-bench"

# For a guard inside another: the kernel chooses a name, see autobind in unix(7).
INSIDE = ""


class BusyError(Exception):
    """Another benchmark is running."""


class Guard:
    """The client of a guard. As a context manager it undoes everything at its end."""

    def __init__(self, name=ONLY_ONE):
        """Raises BusyError while another guard exists, whose changes this one would restore."""
        with socket.socket(socket.AF_UNIX) as mark:
            try:
                mark.bind(name)
            except OSError as error:
                raise BusyError("another benchmark runs on this host, or is cleaning up") from error
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
                pass_fds=[mark.fileno()],
            )

    def later(self, command):
        """Registers a shell command for the end; it must succeed if there is nothing to undo."""
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def undo(self):
        """Runs the commands now, last first. Raises OSError if one fails."""
        self._process.stdin.close()
        if self._process.wait() != 0:
            raise OSError("not everything could be undone, see above")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.undo()


def run_until_done(command, timeout_seconds=TIMEOUT_SECONDS):
    """Repeats a command until it succeeds; returns whether it did within the timeout."""
    give_up = time.monotonic() + timeout_seconds
    while True:
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        if done.returncode == 0:
            return True
        if time.monotonic() > give_up:
            print(f"bench: cannot undo: {command}: {done.stderr.strip()}", file=sys.stderr)
            return False
        time.sleep(RETRY_SECONDS)


def main():
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    commands = [json.loads(line) for line in sys.stdin if line.endswith("\n")]
    results = [run_until_done(command) for command in reversed(commands)]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
