"""Files, loop devices and memory that runs share."""

import host
import workloads

# Time to write all files on a disk that writes 500 MiB/s.
EXPECTED_SECONDS = 25


class Place:
    """The volumes and the memory of the workloads."""

    def __init__(self, directory, undo):
        self.directory = directory
        self.disk = host.disk_of(directory)
        self.memory = host.Memory(undo)
        self._undo = undo
        self._volumes = {}

    def volume(self, shared):
        """The volume, or the shared base image; created on first use."""
        if shared not in self._volumes:
            self._volumes[shared] = self._base() if shared else self._volume()
        return self._volumes[shared]

    def _volume(self):
        return self._filled("volume", workloads.VOLUME_FILES_MIB)

    def _base(self):
        volume = self._filled("base", workloads.BASE_FILES_MIB)
        volume.detach()
        for number in range(workloads.BASE_DEVICES):
            volume.attach(f"base{number}", read_only=True)
        return volume

    def _filled(self, name, files_mib):
        volume = host.Volume(self.directory, name, files_mib, self._undo)
        mount = volume.attach(name)
        for file, size_mib in files_mib.items():
            host.write_file(mount / file, size_mib)
        return volume
