"""Tests of packaging/release in repositories of their own, with scripts in the place of the slow ones."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
VERSIONED = (
    "pom.xml",
    "CHANGELOG.md",
    "packaging/kubernetes/kustomization.yaml",
    "packaging/helm/fadvised/Chart.yaml",
    "packaging/container/fadvised.container",
)
# They record the commit that they are run in, and what the release needs of their results.
BUILD = """#!/usr/bin/env bash
set -eu
arch=amd64 jmods=
while [ $# -gt 0 ]; do
    case $1 in --output) output=$2 ;; --arch) arch=$2 ;; --jmods) jmods=$2 ;; esac
    shift
done
mkdir -p "$output" work/fadvised
git log -1 --format='%s %ct' >work/fadvised/sbom.cdx.json
head -n 20 CHANGELOG.md >>work/fadvised/sbom.cdx.json
echo "modules $jmods" >>work/fadvised/sbom.cdx.json
cd "$output"
tar --sort=name --mtime=@0 --owner=0 --group=0 -cJf fadvised-0.2.0-linux-$arch.tar.xz -C "$OLDPWD/work" .
touch fadvised_0.2.0_$arch.deb fadvised-0.2.0-1.$arch.rpm sha256sums
"""
CONTAINER = '#!/bin/sh\ntouch "$1/fadvised-0.2.0-oci.tar"\n'
REPOSITORY = """#!/bin/sh
arguments=$*
[ "$1" != --url ] || shift 2
mkdir -p "$2"
echo "$arguments" >>"$2/made"
"""
KEY = "release@example.org"
# Larger than a pipe.
CHANGELOG = "# Changelog\n\n## Unreleased\n\n- A change.\n\n## 0.1.0 - 2020-01-01\n\n" + "- One.\n" * 10_000


def run(*command, cwd=None, check=True):
    return subprocess.run(command, cwd=cwd, check=check, capture_output=True, text=True, env=ENVIRONMENT)


def setUpModule():
    global HOME, ENVIRONMENT
    HOME = tempfile.mkdtemp()
    ENVIRONMENT = dict(os.environ, HOME=HOME, GNUPGHOME=f"{HOME}/gnupg", GIT_CONFIG_NOSYSTEM="1")
    for name in ("USER", "EMAIL"):
        ENVIRONMENT.pop(name, None)
    os.mkdir(f"{HOME}/gnupg", 0o700)
    run("git", "config", "--global", "user.name", "Releaser")
    run("git", "config", "--global", "user.email", KEY)
    run("gpg", "--batch", "--passphrase", "", "--quick-generate-key", f"Releaser <{KEY}>", "ed25519", "sign", "1d")


def tearDownModule():
    run("gpgconf", "--kill", "all")
    shutil.rmtree(HOME)


class ReleaseTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.directory)
        self.repository = self.directory / "fadvised"
        self.output = self.directory / "output"
        for name in VERSIONED + ("packaging/release",):
            self.write(name, (TOP / name).read_text())
        self.write("pom.xml", "<project>\n  <version>0.2.0-SNAPSHOT</version>\n  <version>9</version>\n</project>\n")
        self.write("CHANGELOG.md", CHANGELOG)
        self.write("packaging/build", BUILD)
        self.write("packaging/container/build", CONTAINER)
        self.write("packaging/repository", REPOSITORY)
        self.write(".gitignore", "work/\ntarget/\n")
        run("git", "init", "--quiet", "--initial-branch=main", cwd=self.repository)
        self.commit()
        run("git", "tag", "v0.1.0", cwd=self.repository)
        self.before = self.state()

    def write(self, name, text):
        path = self.repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def commit(self):
        run("git", "add", "--all", cwd=self.repository)
        run("git", "commit", "--quiet", "--message", "test: files", cwd=self.repository)

    def state(self):
        return [
            run("git", *command, cwd=self.repository).stdout
            for command in (("show-ref", "--head"), ("status", "--porcelain"), ("stash", "list"))
        ]

    def release(self, *arguments, output=None):
        output = output or self.output
        return run("packaging/release", "--output", str(output), *arguments, cwd=self.repository, check=False)

    def refuses(self, words, *arguments):
        state = self.state()
        released = self.release(*arguments)
        self.assertEqual(released.returncode, 1, released)
        self.assertRegex(released.stderr, words)
        self.assertEqual(released.stderr.count("\n"), 1, released.stderr)
        self.assertEqual(self.state(), state)
        self.assertFalse(list(self.output.glob("*.deb")))

    def test_version_that_is_none_is_refused(self):
        self.refuses("'0.2' is no version", "--key", KEY, "--dry-run", "0.2")

    def test_release_without_key_is_refused(self):
        self.refuses("name the key", "--dry-run", "0.2.0")
        self.refuses("gpg has no secret key nobody", "--key", "nobody", "--dry-run", "0.2.0")

    def test_release_without_ci_is_refused(self):
        self.refuses("name the command .* --ci .ci/run", "--key", KEY, "0.2.0")

    def test_other_branch_is_refused(self):
        run("git", "switch", "--quiet", "--create", "topic", cwd=self.repository)
        self.refuses("on the branch main", "--key", KEY, "--dry-run", "0.2.0")
        run("git", "switch", "--quiet", "--detach", cwd=self.repository)
        self.refuses("on the branch main", "--key", KEY, "--dry-run", "0.2.0")

    def test_changed_tree_is_refused(self):
        self.write("new", "")
        self.refuses("not committed", "--key", KEY, "--dry-run", "0.2.0")

    def test_version_that_exists_or_is_older_is_refused(self):
        self.refuses("v0.1.0 exists already", "--key", KEY, "--dry-run", "0.1.0")
        self.refuses("v0.1.0 is newer than v0.0.9", "--key", KEY, "--dry-run", "0.0.9")

    def test_changelog_without_the_version_is_refused(self):
        self.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0 - 2020-01-01\n\n- One.\n")
        self.commit()
        self.refuses("begins with '## 0.1.0 - 2020-01-01'", "--key", KEY, "--dry-run", "0.2.0")

    def test_changelog_without_a_change_is_refused(self):
        self.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2020-01-01\n\n- One.\n")
        self.commit()
        self.refuses("lists no change of 0.2.0", "--key", KEY, "--dry-run", "0.2.0")

    def test_output_with_files_is_refused(self):
        self.output.mkdir()
        (self.output / "precious").touch()
        self.refuses("output is not empty", "--key", KEY, "--dry-run", "0.2.0")

    def test_file_without_a_version_is_refused(self):
        self.write("packaging/container/fadvised.container", "[Container]\n")
        self.commit()
        self.refuses("fadvised.container has no version to set", "--key", KEY, "--dry-run", "0.2.0")

    def test_failed_ci_leaves_no_trace(self):
        self.refuses("CI failed: false", "--key", KEY, "--ci", "false", "0.2.0")

    def test_commit_during_a_release_ends_it(self):
        change = f"git -C {self.repository} commit --quiet --allow-empty --message 'test: meanwhile'"
        released = self.release("--key", KEY, "--ci", change, "0.2.0")
        self.assertRegex(released.stderr, "main has changed meanwhile")
        self.assertEqual(run("git", "tag", cwd=self.repository).stdout, "v0.1.0\n")

    def test_failed_hand_over_changes_nothing_in_the_repository(self):
        self.refuses("File exists", "--key", KEY, "--ci", f"touch {self.output}", "0.2.0")

    def test_tag_that_appears_during_a_release_ends_it(self):
        released = self.release("--key", KEY, "--ci", f"git -C {self.repository} tag v0.2.0", "0.2.0")
        self.assertRegex(released.stderr, "the tag v0.2.0 was not fetched; nothing was committed")
        run("git", "tag", "--delete", "v0.2.0", cwd=self.repository)
        self.assertEqual(self.state(), self.before)

    def test_branch_that_is_switched_during_a_release_ends_it(self):
        switch = f"git -C {self.repository} switch --quiet --create topic"
        released = self.release("--key", KEY, "--ci", switch, "0.2.0")
        self.assertRegex(released.stderr, "another branch is checked out")
        run("git", "switch", "--quiet", "main", cwd=self.repository)
        run("git", "branch", "--delete", "topic", cwd=self.repository)
        self.assertEqual(self.state(), self.before)

    def test_change_in_the_way_of_the_commit_ends_the_release(self):
        released = self.release("--key", KEY, "--ci", f"echo >>{self.repository}/pom.xml", "0.2.0")
        self.assertRegex(released.stderr, "main cannot take the commit")
        run("git", "checkout", "--quiet", "pom.xml", cwd=self.repository)
        self.assertEqual(self.state(), self.before)

    def test_ci_that_changes_the_commit_ends_the_release(self):
        self.refuses("CI changed files of the commit: pom.xml", "--key", KEY, "--ci", "echo >>pom.xml", "0.2.0")

    def test_packages_contain_nothing_that_ci_built(self):
        released = self.release("--key", KEY, "--ci", "mkdir work && touch work/left left", "0.2.0")
        self.assertEqual(released.returncode, 0, released)
        for archive in self.output.glob("*.tar.xz"):
            self.assertNotIn("left", run("tar", "-tJf", str(archive)).stdout)

    def test_modules_for_arm64_are_those_of_the_option(self):
        jmods = self.directory / "jmods"
        jmods.mkdir()
        released = self.release("--key", KEY, "--dry-run", "--arm64-jmods", str(jmods), "0.2.0")
        self.assertEqual(released.returncode, 0, released)
        self.assertIn(f"modules {jmods}\n", (self.output / "fadvised-0.2.0-linux-arm64.cdx.json").read_text())
        self.assertIn("modules \n", (self.output / "fadvised-0.2.0-linux-amd64.cdx.json").read_text())

    def test_dry_run_changes_nothing_and_two_give_the_same_sums(self):
        sums = []
        for name in ("first", "second"):
            output = self.directory / name
            released = self.release("--key", KEY, "--dry-run", "0.2.0", output=output)
            self.assertEqual(released.returncode, 0, released)
            self.assertEqual(self.state(), self.before)
            run("gpg", "--batch", "--verify", "sha256sums.asc", "sha256sums", cwd=output)
            run("sha256sum", "--check", "--strict", "sha256sums", cwd=output)
            sums.append((output / "sha256sums").read_text())
        self.assertEqual(sums[0], sums[1])
        self.assertEqual(
            [line.split()[1] for line in sums[0].splitlines()],
            [
                "fadvised-0.2.0-1.amd64.rpm",
                "fadvised-0.2.0-1.arm64.rpm",
                "fadvised-0.2.0-linux-amd64.cdx.json",
                "fadvised-0.2.0-linux-amd64.tar.xz",
                "fadvised-0.2.0-linux-arm64.cdx.json",
                "fadvised-0.2.0-linux-arm64.tar.xz",
                "fadvised-0.2.0-oci.tar",
                "fadvised_0.2.0_amd64.deb",
                "fadvised_0.2.0_arm64.deb",
            ],
        )

    def test_release_commits_and_tags_what_it_built(self):
        earlier = self.directory / "earlier"
        earlier.mkdir()
        (earlier / "made").write_text("before\n")
        released = self.release(
            "--key", KEY, "--ci", "test -z \"$(git status --porcelain)\"", "--repository", str(earlier),
            "--url", "https://example.org", "0.2.0",
        )  # fmt: skip
        self.assertEqual(released.returncode, 0, released)
        self.assertEqual(run("git", "status", "--porcelain", cwd=self.repository).stdout, "")
        run("git", "verify-tag", "v0.2.0", cwd=self.repository)
        self.assertEqual(
            run("git", "rev-parse", "v0.2.0^{commit}", cwd=self.repository).stdout,
            run("git", "rev-parse", "main", cwd=self.repository).stdout,
        )
        changed = run("git", "diff", "--name-only", "HEAD~1", cwd=self.repository).stdout.split()
        self.assertEqual(set(changed), set(VERSIONED) - self.with_version("HEAD~1", "0.2.0"))
        self.assertEqual(self.with_version("HEAD", "0.2.0"), set(VERSIONED))
        quadlet = (self.repository / "packaging/container/fadvised.container").read_text()
        self.assertEqual(re.findall(r"fadvised[-:](\d[\d.]+\d)", quadlet), ["0.2.0"] * 4)
        built = (self.output / "fadvised-0.2.0-linux-amd64.cdx.json").read_text()
        self.assertRegex(built, r"^release: 0\.2\.0 \d+\n")
        self.assertRegex(built, r"(?m)^## 0\.2\.0 - 20\d\d-\d\d-\d\d$")
        self.assertIn("## 0.1.0 - 2020-01-01", built)
        made = (self.output / "repository/made").read_text()
        self.assertRegex(made, f"^before\n--url https://example.org {re.escape(KEY)} ")
        self.assertEqual((earlier / "made").read_text(), "before\n")

    def with_version(self, commit, version):
        shown = {name: run("git", "show", f"{commit}:{name}", cwd=self.repository).stdout for name in VERSIONED}
        return {name for name, text in shown.items() if version in text and f"{version}-SNAPSHOT" not in text}


if __name__ == "__main__":
    unittest.main()
