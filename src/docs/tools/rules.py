"""The rules. Each yields findings, or a figure for each page."""

import dataclasses
import pathlib
import re
import subprocess
import urllib.parse

from tools import java, prose, scripts, words

README_LINES = 150
MEAN_WORDS = 18
LONGEST_SENTENCE = 25
TITLE_CHARACTERS = 60

# The figure that each rule allows where the table has no other limit.
TARGETS = {
    "readme-lines": README_LINES,
    "mean-words": MEAN_WORDS,
    "longest-sentence": LONGEST_SENTENCE,
    "openings": 0,
    "test-names": 0,
    "words": 0,
    "comment-words": 0,
    "constants": 0,
    "links": 0,
    "commands": 0,
    "keys": 0,
}
# Findings of these are mistakes: the table holds no limits for them.
STRICT = ("links", "commands", "keys")

# Not ours, or not prose.
_SKIPPED = re.compile(
    r"LICENSE|src/docs/tools/.*|src/bench/results/.*|src/test/resources/.*|src/main/completion/.*"
    r"|packaging/licences/.*|packaging/jsvc/glibc.*|\.gitignore|mvnw.*|\.mvn/.*|.*\.(?:png|svg|json|jar)"
)
_SECTION = "fadvised"


@dataclasses.dataclass(frozen=True)
class Finding:
    rule: str
    path: str
    line: int
    message: str


class Tree:
    """The files of a checkout, read once."""

    def __init__(self, root, paths):
        self.root = pathlib.Path(root)
        self.paths = sorted(paths)
        self._pages = {}

    @staticmethod
    def of_checkout(root):
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        )
        paths = [path for path in listed.stdout.split("\0") if path and (pathlib.Path(root) / path).is_file()]
        return Tree(root, paths)

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def matching(self, pattern):
        return [path for path in self.paths if re.fullmatch(pattern, path) and not _SKIPPED.fullmatch(path)]

    def page(self, path):
        """The blocks of a page; None if the file is none."""
        if path not in self._pages:
            parse = _parser(path)
            self._pages[path] = parse(self.text(path)) if parse else None
        return self._pages[path]

    def pages(self):
        return [path for path in self.matching(".*") if _parser(path)]


def _parser(path):
    if path.endswith(".md"):
        return prose.markdown
    if path.startswith("src/main/man/"):
        return prose.roff
    if path.endswith(".conf") and not path.endswith("modules-load.conf"):
        return prose.conf
    return None


# --- How long


def figures(tree):
    """Yields (rule, path, figure, finding) for each page."""
    if "README.md" in tree.paths:
        lines = len(tree.text("README.md").splitlines())
        finding = Finding("readme-lines", "README.md", lines, f"{lines} lines")
        yield "readme-lines", "README.md", lines, finding
    for path in tree.pages():
        lengths = prose.lengths(tree.page(path))
        if not lengths:
            continue
        mean = round(sum(count for _, count, _ in lengths) / len(lengths), 1)
        finding = Finding("mean-words", path, 1, f"{mean:g} words a sentence")
        yield "mean-words", path, mean, finding
        line, longest, sentence = max(lengths, key=lambda found: found[1])
        message = f"a sentence of {longest} words: {_short(sentence)}"
        yield "longest-sentence", path, longest, Finding("longest-sentence", path, line, message)


def _short(text, characters=70):
    text = " ".join(text.split())
    return text if len(text) <= characters else text[: characters - 1] + "…"


# --- Words


def openings(tree):
    for path in tree.matching(r"src/(?:main|test)/java/.*\.java"):
        for line, text in java.comments(tree.text(path)):
            word = words.opening(text)
            if word:
                yield Finding("openings", path, line, f"begins with {word!r}: {_short(text)}")


def test_names(tree):
    """Tests named by a clause without a subject, such as whatIsReadAgainIsKept."""
    for path in tree.matching(r"src/test/java/.*\.java"):
        for line, name in java.tests(tree.text(path)):
            if re.match(r"(?:what|whatever|whether|who|whoever|whose|of|so|theSame)(?![a-z])", name):
                yield Finding("test-names", path, line, f"{name}: name the subject, the condition and the result")


def avoided_words(tree):
    for path in tree.matching(".*"):
        blocks = tree.page(path)
        if blocks is not None:
            texts = [(b.line, b.plain()) for b in blocks if b.kind != "code"]
        elif path.endswith(".java"):
            if not path.startswith("src/main/"):
                continue
            texts = java.strings(tree.text(path))
        elif path.endswith((".yaml", ".xml", ".service")):
            texts = [(1, tree.text(path))]
        else:
            texts = scripts.texts(tree.text(path))
        yield from _avoided("words", path, texts)


def avoided_words_of_comments(tree):
    for path in tree.matching(r"src/(?:main|test)/java/.*\.java"):
        yield from _avoided("comment-words", path, java.comments(tree.text(path)))


def _avoided(rule, path, texts):
    for line, text in texts:
        for at, word, use in words.find(text):
            yield Finding(rule, path, line + text.count("\n", 0, at), f"{word!r}: use {use}")


def constants(tree):
    pattern = re.compile(r"^[^/*\n]*?\b((?:[A-Z0-9]+_)*(?:LEAST|MOST|SHORTEST|LONGEST)_\w+)\s*=(?!=)", re.M)
    for path in tree.matching(r".*\.(?:java|py)"):
        text = tree.text(path)
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            yield Finding("constants", path, line, f"{found[1]}: use MIN_ or MAX_")


# --- Links, commands and keys


def links(tree):
    directories = {str(parent) for path in tree.paths for parent in pathlib.PurePosixPath(path).parents}
    known = set(tree.paths) | directories
    classes = {pathlib.PurePosixPath(path).stem for path in tree.paths if path.endswith(".java")}
    for path in tree.matching(r".*\.md"):
        for block in tree.page(path):
            for line, target in block.links():
                problem = _dead(tree, known, path, target)
                if problem:
                    yield Finding("links", path, line, problem)
            if block.kind == "code":
                continue
            for line, span in block.spans():
                name = span.split("#", 1)[0].split()[0] if span.split() else ""
                if re.fullmatch(r"(?:src|packaging|conf|systemd|\.ci|\.github)/[\w./-]+", name):
                    if name.rstrip("/") not in known:
                        yield Finding("links", path, line, f"no file {name}")
                elif re.fullmatch(r"[A-Z]\w*(?:Test|IT)", span) and span not in classes:
                    yield Finding("links", path, line, f"no test {span}")


def _dead(tree, known, path, target):
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
        return None
    address, _, fragment = target.partition("#")
    address = urllib.parse.unquote(address.partition("?")[0])
    to = path
    if address:
        parts = []
        base = [] if address.startswith("/") else path.split("/")[:-1]
        for part in base + address.split("/"):
            if part == "..":
                if not parts:
                    return f"{target} leads out of the repository"
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        to = "/".join(parts) or "."
        if to not in known:
            return f"no file {to}"
    if fragment and to.endswith(".md") and fragment not in prose.anchors(tree.page(to) or []):
        return f"no heading #{fragment} in {to}"
    return None


_CALL = re.compile(
    r"(?:^|[;&|(#$]|\b(?:sudo|exec|then|do|time)|--|\w=\S*)\s*(?:[\w./~$-]*/)?fadvised +([^;&|`)]*)"
)


def commands(tree):
    sources = {
        pathlib.PurePosixPath(path).name: tree.text(path)
        for path in tree.matching(r"src/main/java/io/fadvised/cli/\w+\.java")
    }
    known = java.commands(sources)
    for path in tree.matching(".*"):
        for line, text in _code(tree, path):
            for problem in unknown_commands(text, known):
                yield Finding("commands", path, line, problem)


def unknown_commands(text, known):
    """Problems of the calls of fadvised in a line of code; known has the options of each command."""
    for call in _CALL.finditer(text.strip()):
        arguments = re.split(r"\s+#\s", call[1])[0].split()
        if not arguments:
            continue
        name = arguments[0]
        if not re.fullmatch(r"-{1,2}[A-Za-z][a-z-]*|[a-z][a-z-]*", name):
            continue
        options = known.get("" if name.startswith("-") else name)
        if options is None:
            yield f"no command: fadvised {name}"
            continue
        for argument in arguments:
            option = re.match(r"\[?(--?[A-Za-z][a-z-]*)", argument)
            if option and option[1] not in options:
                yield f"no option: fadvised {name} {option[1]}"


def _code(tree, path):
    """Lines of code: spans and blocks of pages, comments of configurations, examples and messages in sources."""
    blocks = tree.page(path)
    if blocks is not None:
        for block in blocks:
            yield from block.spans()
            if path.endswith(".conf") and block.kind != "code":
                for at in re.finditer(r"[Rr]un:? (fadvised [^.;)]*)", block.text):
                    yield block.line + block.text.count("\n", 0, at.start()), at[1]
    elif path.endswith(".java") and path.startswith("src/main/"):
        for line, text in java.strings(tree.text(path)):
            for at in re.finditer(r"(?:^  (?:sudo )?|sudo |[Rr]un:? )(fadvised [a-z-]+[^.;,)]*)", text):
                yield line, at[1].split("  ")[0]


# These follow "fadvised." in names of files and properties.
_NOT_KEYS = {"conf", "service", "pid", "log", "spec", "jar", "jsa", "deb", "rpm", "sh", "bash", "it", "home"}


def keys(tree):
    reference = "src/main/resources/reference.conf"
    if reference not in tree.paths:
        return
    known = set(re.findall(r"^(fadvised\.[\w.-]+) =", tree.text(reference), re.M))
    sections = {key.rsplit(".", n)[0] for key in known for n in range(1, key.count(".") + 1)}
    tops = {section.split(".")[1] for section in sections if "." in section}
    for path in tree.pages():
        if path == "CHANGELOG.md":  # names removed keys
            continue
        for block in tree.page(path):
            for at, name in _keys_named(block, tops):
                if name not in known and name not in sections:
                    line = block.line + block.text.count("\n", 0, at)
                    yield Finding("keys", path, line, f"no key {name}")


def _keys_named(block, tops):
    for found in re.finditer(r"(?<![\w./@:-])fadvised((?:\.[a-z][a-z0-9-]*)+)(?![\w/(])", block.text):
        names = found[1][1:].split(".")
        if names[0] not in _NOT_KEYS:
            yield found.start(), _SECTION + found[1]
    for found in re.finditer(r"--set[ =]'?\"?(?!fadvised\.)([a-z][a-z.-]*)=", block.text):
        yield found.start(), f"{_SECTION}.{found[1]}"
    short = re.compile(rf"`(?:fadvised\.)?((?:{'|'.join(sorted(tops))})\.[a-z][a-z.-]*)\b(?![\w/(])")
    if block.kind != "code" and tops:
        for found in short.finditer(block.text):
            yield found.start(), f"{_SECTION}.{found[1]}"


# --- Commits


def titles(root, base):
    """Problems of the commits after base."""
    log = subprocess.run(
        ["git", "-c", "safe.directory=*", "log", "--format=%h%x09%p%x09%s", f"{base}..HEAD"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    found = []
    for line in log.stdout.splitlines():
        commit, parents, title = line.split("\t", 2)
        found += [f"{commit}: {problem}" for problem in title_problems(title, len(parents.split()))]
    return found


def title_problems(title, parents=1):
    problems = []
    if parents > 1:
        problems.append("a merge")
    if len(title) > TITLE_CHARACTERS:
        problems.append(f"a title of {len(title)} characters, at most {TITLE_CHARACTERS}: {title}")
    if not re.match(r"[a-z][a-z0-9./-]*: \S", title):
        problems.append(f"a title without an area: {title}")
    return problems


RULES = (openings, test_names, avoided_words, avoided_words_of_comments, constants, links, commands, keys)
