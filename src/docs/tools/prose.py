"""Splits pages into prose, code and links. A page is Markdown, a manual page, or a commented configuration file."""

import dataclasses
import re

ABBREVIATIONS = {"e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.", "no."}
PROSE = ("paragraph", "item")

# Stands for a code span: one word that no rule about words matches.
SPAN = "Code"

_FENCE = re.compile(r"\s*(```+|~~~+)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?[^)]*\)")
_IMAGE = re.compile(r"!" + _LINK.pattern)
_SPAN = re.compile(r"(`+)(.+?)\1(?!`)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_TARGET = re.compile(r"(?:href|src)=[\"']([^\"']+)[\"']")
_END = re.compile(r"[.!?]+[)\"'\]*]*\s+")


@dataclasses.dataclass(frozen=True)
class Block:
    """A piece of a page. Kinds: paragraph, item, heading, table, code, definition (of a link)."""

    kind: str
    line: int
    text: str

    def plain(self):
        """The text as it is read: spans of code are one word each, links are their texts."""
        return plain(self.text)

    def spans(self):
        """Lines and texts of code: spans, or all lines of a code block."""
        if self.kind == "code":
            return [(self.line + i, text) for i, text in enumerate(self.text.split("\n"))]
        return [(self.line + _lines(self.text, m.start()), m[2]) for m in _SPAN.finditer(self.text)]

    def links(self):
        """Lines and targets of links and pictures."""
        if self.kind == "code":
            return []
        text = _SPAN.sub(lambda m: re.sub(r"[\[\]()<>]", " ", m[0]), self.text)
        found = [(m.start(), m[2]) for m in _LINK.finditer(text)]
        found += [(m.start(), m[2]) for m in re.finditer(r"^\s*()\[[^\]]+\]:\s*(\S+)", text, re.M)]
        found += [(m.start(), m[1]) for m in _TARGET.finditer(text)]
        # A picture inside a link: the pattern of links takes the outer one only.
        found += [(m.start(), m[2]) for m in _IMAGE.finditer(text)]
        return sorted({(self.line + _lines(text, at), target) for at, target in found if target})


def _lines(text, end):
    return text.count("\n", 0, end)


def plain(text):
    text = _SPAN.sub(SPAN, text)
    text = _IMAGE.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _TAG.sub("", text)
    return re.sub(r"\*+|__", "", text)


def sentences(text):
    """The sentences of a plain text."""
    text = " ".join(text.split())
    found = []
    start = 0
    for end in _END.finditer(text + " "):
        word = text[start : end.end()].split()[-1].lower().lstrip("(")
        if word in ABBREVIATIONS:
            continue
        found.append(text[start : end.end()].strip())
        start = end.end()
    if text[start:].strip():
        found.append(text[start:].strip())
    return found


def words(sentence):
    return sum(any(c.isalnum() for c in word) for word in sentence.split())


def is_terminated(sentence):
    return bool(re.search(r"[.!?:]+[)\"'\]]*$", sentence))


def lengths(blocks):
    """Words of each sentence, with its line. Items that are no sentences, such as a name, are left out."""
    found = []
    for block in blocks:
        if block.kind not in PROSE:
            continue
        for sentence in sentences(block.plain()):
            if block.kind == "item" and not is_terminated(sentence) and words(sentence) < 12:
                continue
            if words(sentence) > 0:
                found.append((block.line, words(sentence), sentence))
    return found


# --- Markdown


def markdown(text):
    text = re.sub(r"<!--.*?-->", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)
    blocks = []
    gathered = []  # of the paragraph or item that is open
    kind, start = "paragraph", 1
    fence = None
    in_list = False

    def close():
        nonlocal gathered
        if gathered:
            blocks.append(Block(kind, start, "\n".join(gathered)))
            gathered = []

    for number, line in enumerate(text.split("\n"), 1):
        bare = re.sub(r"^(\s*>)+ ?", "", line)
        mark = _FENCE.match(bare)
        if fence:
            if mark and mark[1].startswith(fence) and bare.strip() == mark[1]:
                close()
                fence = None
            else:
                gathered.append(bare)
            continue
        if mark:
            close()
            fence, kind, start = mark[1], "code", number + 1
            continue
        if not bare.strip():
            if kind != "code":
                close()
            elif gathered:
                gathered.append("")
            continue
        if kind == "code" and gathered and not bare.startswith("    "):
            gathered = "\n".join(gathered).rstrip("\n").split("\n")
            close()
        heading = _HEADING.match(bare)
        if heading:
            close()
            in_list = False
            blocks.append(Block("heading", number, heading[1]))
        elif bare.lstrip().startswith("|"):
            close()
            blocks.append(Block("table", number, bare))
        elif re.match(r"\s*\[[^\]]+\]:\s", bare) and not gathered:
            blocks.append(Block("definition", number, bare))
        elif _ITEM.match(bare) and (in_list or not bare.startswith("    ")):
            close()
            in_list = True
            kind, start, gathered = "item", number, [_ITEM.sub("", bare, count=1)]
        elif bare.startswith("    ") and not in_list and (kind == "code" or not gathered):
            if not gathered:
                kind, start = "code", number
            gathered.append(bare[4:])
        else:
            if not gathered:
                in_list = in_list and bare.startswith(" ")
                kind, start = "paragraph", number
            gathered.append(bare.strip())
    close()
    return blocks


def anchors(blocks):
    """The fragments by which a page's places are reached, as GitHub makes them of headings."""
    found = set()
    for block in blocks:
        found.update(re.findall(r"<a\s+(?:id|name)=[\"']([^\"']+)", block.text))
        if block.kind != "heading":
            continue
        title = re.sub(r"`|\*+", "", _LINK.sub(r"\1", block.text)).strip().lower()
        slug = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        anchor, again = slug, 0
        while anchor in found:
            again += 1
            anchor = f"{slug}-{again}"
        found.add(anchor)
    return found


# --- Manual pages


def roff(text):
    blocks = []
    gathered = []
    kind, start = "paragraph", 1
    is_tag = False

    def close():
        nonlocal gathered, kind
        if gathered:
            blocks.append(Block(kind, start, "\n".join(gathered)))
            gathered = []
        kind = "paragraph"

    for number, line in enumerate(text.split("\n"), 1):
        request = line.split(" ", 1)[0]
        if line.startswith('.\\"') or not line.strip():
            continue
        if request in (".TH", ".SH", ".PP", ".IP", ".TP", ".fi", ".nf"):
            close()
            is_tag = request == ".TP"
            kind = "code" if request == ".nf" else "paragraph"
            continue
        if not gathered:
            start = number
        if kind == "code":
            gathered.append(_unescaped(line))
            continue
        gathered.append(_roff_line(line))
        if is_tag:
            kind = "heading"
            close()
            is_tag = False
    close()
    return blocks


def _roff_line(line):
    request = re.match(r"\.([BIR]{1,2}) +(.*)", line)
    if not request:
        return _unescaped(re.sub(r"\\fB(.*?)\\f[RP]", r"`\1`", line))
    arguments = [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', request[2])]
    fonts = request[1]
    if len(fonts) == 1:
        arguments = [" ".join(arguments)]
    parts = []
    for i, argument in enumerate(arguments):
        argument = _unescaped(argument)
        parts.append(f"`{argument}`" if fonts[i % len(fonts)] == "B" else argument)
    return "".join(parts)


def _unescaped(line):
    return re.sub(r"\\f[BIRP]|\\&|\\%", "", line).replace("\\-", "-").replace("\\e", "\\")


# --- Configuration files


def conf(text):
    """Comments are prose; keys, and what a comment indents by three blanks or more, are code."""
    blocks = []
    gathered = []
    kind, start = "paragraph", 1
    for number, line in enumerate(text.split("\n") + [""], 1):
        comment = re.match(r"#($| (?! ).*|   *\S.*)", line)
        if comment and comment[1].strip() and not comment[1].startswith("   "):
            now = "paragraph"
        else:
            now = "code" if line.strip("# ") else ""
        if gathered and now != kind:
            blocks.append(Block(kind, start, "\n".join(gathered)))
            gathered = []
        if now:
            if not gathered:
                kind, start = now, number
            gathered.append(line.lstrip("#").strip())
    return blocks
