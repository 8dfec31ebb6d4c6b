"""Finds comments, strings and commands in Java sources."""

import re

_TOKEN = re.compile(
    r'"""(?:\\.|(?!""").)*"""'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])+'"
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.DOTALL,
)


def comments(source):
    """Lines and texts of comments; a run of line comments is one."""
    found = []
    last = None  # the end of the last line comment
    for token in _TOKEN.finditer(source):
        text = token[0]
        line = source.count("\n", 0, token.start()) + 1
        if text.startswith("//"):
            alone = not source[source.rfind("\n", 0, token.start()) + 1 : token.start()].strip()
            if alone and last is not None and not source[last : token.start()].strip():
                found[-1] = (found[-1][0], found[-1][1] + " " + text.lstrip("/").strip())
            else:
                found.append((line, text.lstrip("/").strip()))
            last = token.end() if alone else None
        elif text.startswith("/*"):
            text = re.sub(r"\n\s*\*? ?", "\n", text[2:-2].lstrip("*"))
            line += text[: len(text) - len(text.lstrip())].count("\n")
            found.append((line, text.strip()))
            last = None
        else:
            last = None
    return found


def strings(source):
    """Lines and texts of string literals. Literals that are added to each other are one."""
    found = []
    last = None
    for token in _TOKEN.finditer(source):
        text = token[0]
        if text[0] != '"':
            continue
        block = text.startswith('"""')
        text = text[3:-3] if block else text[1:-1]
        text = text.replace("\\n", "\n").replace('\\"', '"').replace("\\t", "\t").replace("\\\\", "\\")
        if last is not None and re.fullmatch(r"\s*\+\s*", source[last : token.start()]):
            found[-1] = (found[-1][0], found[-1][1] + text)
        else:
            found.append((source.count("\n", 0, token.start()) + 1, text))
        last = token.end()
    return found


def tests(source):
    """Lines and names of test methods."""
    pattern = (
        r"@(?:Test|ParameterizedTest|FuzzTest|RepeatedTest)\b"
        r"[^;{}]*(?:\{[^{}]*\}[^;{}]*)*?\bvoid\s+(\w+)\s*\("
    )
    return [(source.count("\n", 0, m.start(1)) + 1, m[1]) for m in re.finditer(pattern, source)]


def commands(sources):
    """The program's commands, each with its options, of the sources of picocli's classes by file name."""
    own = {name: set() for name in sources}
    mixed = {name: set() for name in sources}
    names = {}
    for file, source in sources.items():
        for option in re.finditer(r"@Option\(\s*(?:names\s*=\s*)?(\{[^}]*\}|\"[^\"]*\")", source):
            own[file].update(re.findall(r'"([^"]+)"', option[1]))
        mixed[file].update(re.findall(r"@Mixin\s+private\s+(\w+)", source))
        command = re.search(r"@Command\(\s*name\s*=\s*\"([^\"]+)\"", source)
        if command:
            names[command[1]] = file
    options = {
        name: own[file].union(*(own.get(f"{mixin}.java", set()) for mixin in mixed[file]))
        for name, file in names.items()
    }
    everywhere = options.pop("fadvised", set())
    return {name: known | everywhere for name, known in options.items()} | {"": everywhere}
