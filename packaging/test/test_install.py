"""Tests of packaging/tar/install with an archive of few files, into a directory. The archive itself is tested on booted
systems: packaging/test/tar and packaging/test/without-systemd."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
FILES = (
    "bin/fadvised",
    "completion/_fadvised",
    "completion/fadvised",
    "completion/fadvised.fish",
    "init.d/fadvised",
    "init.d/logrotate",
    "lib/fadvised.jar",
    "man/fadvised.8",
    "monitoring/node-problem-detector.json",
)


class InstallTest(unittest.TestCase):
    def setUp(self):
        directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.archive = directory / "archive"
        self.root = directory / "root"
        for path in FILES:
            self.write(self.archive / path, f"first {path}\n")
        shutil.copytree(TOP / "conf", self.archive / "conf")
        shutil.copytree(TOP / "systemd", self.archive / "systemd")
        shutil.copy(TOP / "packaging/tar/install", self.archive)
        self.write(self.root / "usr/lib/systemd/systemd", "")

    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def install(self, *arguments):
        return subprocess.run(
            (self.archive / "install", "--root", self.root, *arguments), check=False, capture_output=True, text=True
        )

    def tree(self):
        return {str(path.relative_to(self.root)): path.is_file() and path.read_bytes() for path in self.root.rglob("*")}

    def test_files_beside_the_installed_ones_stay(self):
        for path in ("etc/fadvised/fadvised.conf.new", "etc/systemd/system/fadvised.service.new"):
            self.write(self.root / path, "precious\n")
        before = self.tree()

        self.assertEqual(0, self.install().returncode)
        self.assertFalse([path for path in self.tree() if ".fadvised-" in path])
        self.assertEqual(0, self.install("--remove").returncode)

        self.assertEqual(before, self.tree())

    def test_file_with_a_space_in_the_archive_is_refused_before_anything_changes(self):
        self.assertEqual(0, self.install().returncode)
        before = self.tree()
        for path in FILES:
            self.write(self.archive / path, f"second {path}\n")
        self.write(self.archive / "lib/my notes", "")

        refused = self.install()

        self.assertEqual(1, refused.returncode)
        self.assertIn("./lib/my notes", refused.stderr)
        self.assertEqual(before, self.tree())


if __name__ == "__main__":
    unittest.main()
