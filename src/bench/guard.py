"""Undoes what the benchmark did to the host, whatever becomes of the benchmark.

A guard is a process of its own. It is told, before each change, the shell command that undoes it,
and runs these, last first, as soon as the benchmark lets go of its input: because it is done, was
interrupted, or was killed.
"""

import json
import signal
import socket
import subprocess
import sys
import time

# A device or a mount is busy for as long as a program that was just killed takes to end.
PATIENCE_SECONDS = 15
BETWEEN_TRIES_SECONDS = 0.2

# A socket's abstract name: taken for as long as a guard lives, and no file.
ONLY_ONE = "\0fadvised-bench"

# For a guard within a benchmark that has one: the kernel chooses a name, see unix(7), autobind.
INSIDE = ""


class BusyError(Exception):
    """Another benchmark is at work."""


class Guard:
    """The benchmark's side; as a context it undoes everything at its end."""

    def __init__(self, name=ONLY_ONE):
        """Raises BusyError if another guard has not undone everything yet: what that one restores
        would be undone with the state that this one finds."""
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
        """Has a shell command run in the end; it must do no harm if there is nothing to undo."""
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def undo(self):
        """Runs the commands now."""
        self._process.stdin.close()
        if self._process.wait() != 0:
            raise OSError("not everything could be undone, see above")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.undo()


def run_until_done(command, patience_seconds=PATIENCE_SECONDS):
    """Whether the command succeeded in the end."""
    give_up = time.monotonic() + patience_seconds
    while True:
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        if done.returncode == 0:
            return True
        if time.monotonic() > give_up:
            print(f"bench: cannot undo: {command}: {done.stderr.strip()}", file=sys.stderr)
            return False
        time.sleep(BETWEEN_TRIES_SECONDS)


def main():
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    commands = [json.loads(line) for line in sys.stdin if line.endswith("\n")]
    results = [run_until_done(command) for command in reversed(commands)]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
