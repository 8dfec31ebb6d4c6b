"""The setups to compare: ways to handle the lower cache."""

import contextlib
import dataclasses
import pathlib
import shlex
import time

import host

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "target/fadvised/bin/fadvised"

# Maximum time until the daemon logs its start; a JVM takes half a second.
START_SECONDS = 20


@dataclasses.dataclass(frozen=True)
class Setup:
    """
    key -- its name on the command line and in the JSON
    title -- its name for readers
    direct_io -- whether the loop devices use direct I/O
    """

    key: str
    title: str
    direct_io: bool = False


SETUPS = (
    Setup("none", "buffered, no daemon"),
    Setup("fadvised", "fadvised, defaults"),
    Setup("vmtouch", "vmtouch -e every 1 s"),
    Setup("drop_caches", "drop_caches (3) every 10 s"),
    Setup("direct", "direct I/O", direct_io=True),
)


@contextlib.contextmanager
def evictor(setup, image, directory, log):
    """Runs the evictor of a setup; yields its process, or None."""
    process = _start(setup, image, directory, log)
    try:
        yield process
        if process and process.poll() is not None:
            raise host.HostError(f"{setup.title} ended with exit code {process.returncode}")
    finally:
        if process:
            host.stop(process)


def _start(setup, image, directory, log):
    if setup.key == "fadvised":
        return start_daemon(directory, log)
    if setup.key == "vmtouch":
        evict = f"vmtouch -qe {shlex.quote(str(image))}"
        return host.start(["sh", "-c", f"while :; do {evict}; sleep 1; done"])
    if setup.key == "drop_caches":
        return host.start(["sh", "-c", f"while :; do sleep 10; echo 3 >{host.DROP_CACHES}; done"])
    return None


def start_daemon(directory, log, settings=None):
    """
    Starts the packaged program and returns its process. Without settings it has an empty
    configuration file, so the defaults apply.
    """
    if settings is None:
        settings = directory / "empty.conf"
        settings.touch()
    from_here = log.stat().st_size if log.exists() else 0
    with open(log, "a") as output:
        process = host.start([PROGRAM, "run", "--config", settings], stdout=output, stderr=output)
    give_up = time.monotonic() + START_SECONDS
    while " started, " not in log.read_text()[from_here:]:
        if process.poll() is not None or time.monotonic() > give_up:
            host.stop(process)
            raise host.HostError(f"fadvised did not start, see {log}")
        time.sleep(0.05)
    return process
