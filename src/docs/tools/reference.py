"""Makes the configuration file, its manual page and its documentation from the comments of reference.conf."""

import dataclasses
import re

SOURCE = "src/main/resources/reference.conf"
MAX_COMMENT_LINES = 3

CONF_HEAD = """\
# Configuration of fadvised(8), in HOCON. Every key is here, commented out, with its default.
# Remove the # to change one; indented lines are examples. To apply a change, run fadvised check-config, then
# systemctl reload fadvised.
#
# ${?NAME} stands for the environment variable NAME, if it is set. include "conf.d/*.conf" reads more
# files. With ? before the name (include "?local.conf") a missing file is no error.
"""

# The generated part of a page lies between such lines.
_BEGIN = "generated from reference.conf by src/docs/generate"
_END = "end of the generated part"


@dataclasses.dataclass(frozen=True)
class Key:
    name: str
    default: str
    comment: list  # lines of prose
    example: list  # lines, without their common indentation
    lines: list  # as they are in reference.conf


def parse(text):
    """The keys of reference.conf in their order; the first paragraph is about the file."""
    keys = []
    for paragraph in text.strip().split("\n\n")[1:]:
        lines = paragraph.split("\n")
        name, default = lines[-1].split(" = ", 1)
        comments = [line.removeprefix("#").removeprefix(" ") for line in lines[:-1]]
        example = [line.removeprefix("    ") for line in comments if line.startswith("    ")]
        comment = [line for line in comments if line and not line.startswith("    ")]
        if not 1 <= len(comment) <= MAX_COMMENT_LINES:
            raise ValueError(f"{name}: a comment of {len(comment)} lines, at most {MAX_COMMENT_LINES}")
        keys.append(Key(name, default, comment, example, lines))
    return keys


def pages(keys, read):
    """Yields path and text of each page; read returns the present text of a path."""
    yield "conf/fadvised.conf", conf(keys)
    for path, begin, end, part in (
        ("src/docs/configuration.md", f"<!-- {_BEGIN} -->", f"<!-- {_END} -->", markdown(keys)),
        ("src/main/man/fadvised.conf.5", f'.\\" {_BEGIN}', f'.\\" {_END}', roff(keys)),
    ):
        before, rest = read(path).split(begin + "\n", 1)
        yield path, f"{before}{begin}\n{part}{end}\n" + rest.split(end + "\n", 1)[1]


def conf(keys):
    paragraphs = ["\n".join([*key.lines[:-1], "#" + key.lines[-1]]) for key in keys]
    return CONF_HEAD + "".join(f"\n{paragraph}\n" for paragraph in paragraphs)


def markdown(keys):
    table = [f"| [`{key.name}`](#{_anchor(key.name)}) | `{key.default}` |" for key in keys]
    parts = ["\n".join(["| key | default |", "|---|---|", *table])]
    for key in keys:
        parts += [f"### `{key.name}`", _marked_up(key.comment)]
        if key.example:
            parts.append("\n".join(["```", *key.example, "```"]))
    return "\n" + "\n\n".join(parts) + "\n\n"


def _anchor(name):
    return re.sub(r"[^\w-]", "", name.lower())


_LITERAL = re.compile(
    r'(?<![\w"])(?:"[^"]+"|[\w./]*\*+[\w./*]*|\?(?= )|(?:fadvised|interval|budget|devices)\.[\w.-]+\w( = \w+)?|dry-run)'
)


def _marked_up(comment):
    return "\n".join(_LITERAL.sub(lambda literal: f"`{literal[0]}`", line) for line in comment)


def roff(keys):
    lines = []
    for key in keys:
        lines += [".TP", f".B {_escaped(key.name)}", *(_escaped(line) for line in key.comment)]
        if key.example:
            lines += [".IP", ".nf", *(_escaped(line) for line in key.example), ".fi"]
    return "\n".join(lines) + "\n"


def _escaped(text):
    """For troff: its escape character, hyphens that are typed, and lines that look like requests."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text
