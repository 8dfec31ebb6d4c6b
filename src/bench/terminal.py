"""Converts a terminal screen, captured by tmux with colours, to an SVG. Pure."""

import re
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, BASELINE = 8.4, 18, 13.5
MARGIN = 12

FOREGROUND, BACKGROUND, BORDER = "#e6edf3", "#0d1117", "#3d444d"
PALETTE = "#484f58 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #e6edf3".split()

# The SVG has its own background, so that it is readable on light and dark pages.
STYLE = (
    "text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; "
    "white-space: pre }"
)

# tmux writes no other sequences; those for colour and weight (SGR) end with m.
SEQUENCE = re.compile(r"\x1b\[([0-9;]*)m|\x0e|\x0f")

# Block elements are drawn, because fonts leave gaps between them: height and opacity as parts of a cell.
BLOCK = {chr(0x2580 + eighths): (eighths / 8, 1) for eighths in range(1, 9)} | {"░": (1, 0.25)}
BLOCKS = re.compile(rf"([{''.join(BLOCK)}])\1*")
WORDS = re.compile(rf"[^ {''.join(BLOCK)}]+(?: [^ {''.join(BLOCK)}]+)*")


class Style:
    """Colours and weight after the sequences so far."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.bold = self.inverse = False
        self.foreground, self.background = FOREGROUND, BACKGROUND

    def change(self, parameters):
        for code in [int(number or 0) for number in parameters.split(";")]:
            if code == 0:
                self.clear()
            elif code in (1, 22):
                self.bold = code == 1
            elif code in (7, 27):
                self.inverse = code == 7
            elif code in (39, 49):
                name = "foreground" if code == 39 else "background"
                setattr(self, name, FOREGROUND if code == 39 else BACKGROUND)
            elif 30 <= code <= 37:
                self.foreground = PALETTE[code - 30]
            elif 40 <= code <= 47:
                self.background = PALETTE[code - 40]
            else:
                raise ValueError(f"unknown SGR code {code}")

    def now(self):
        """Foreground, background, weight."""
        colours = (self.foreground, self.background)
        return (*(colours[::-1] if self.inverse else colours), self.bold)


def cells(screen):
    """The lines of a screen; each cell is a character and its style."""
    style = Style()
    lines = []
    for line in screen.split("\n"):
        found, end = [], 0
        for sequence in SEQUENCE.finditer(line):
            found += [(character, style.now()) for character in line[end : sequence.start()]]
            if sequence.group(1) is not None:
                style.change(sequence.group(1))
            end = sequence.end()
        found += [(character, style.now()) for character in line[end:]]
        lines.append(found)
    return lines


def svg(screen, columns, rows, title):
    width = columns * CELL_WIDTH + 2 * MARGIN
    height = rows * CELL_HEIGHT + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="6" '
        f'fill="{BACKGROUND}" stroke="{BORDER}"/>',
    ]
    for row, line in enumerate(cells(screen)[:rows]):
        parts += _line(line[:columns], row)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _line(line, row):
    parts = []
    start = 0
    while start < len(line):
        style = line[start][1]
        end = start + 1
        while end < len(line) and line[end][1] == style:
            end += 1
        parts += _run("".join(character for character, _ in line[start:end]), style, start, row)
        start = end
    return parts


def _run(text, style, column, row):
    foreground, background, bold = style
    x, y = MARGIN + column * CELL_WIDTH, MARGIN + row * CELL_HEIGHT
    parts = []
    if background != BACKGROUND:
        parts.append(_rect(x, y, len(text) * CELL_WIDTH, CELL_HEIGHT, background))
    for blocks in BLOCKS.finditer(text):
        left, wide = x + blocks.start() * CELL_WIDTH, len(blocks.group()) * CELL_WIDTH
        high, opacity = BLOCK[blocks.group()[0]]
        top = y + CELL_HEIGHT * (1 - high)
        parts.append(_rect(left, top, wide, CELL_HEIGHT * high, foreground, opacity))
    weight = ' font-weight="700"' if bold else ""
    for words in WORDS.finditer(text):
        left, wide = x + words.start() * CELL_WIDTH, len(words.group()) * CELL_WIDTH
        parts.append(
            f'<text x="{left:.5g}" y="{y + BASELINE:.5g}" textLength="{wide:.5g}" '
            f'fill="{foreground}"{weight}>{escape(words.group())}</text>'
        )
    return parts


def _rect(x, y, width, height, colour, opacity=1):
    faint = f' fill-opacity="{opacity}"' if opacity != 1 else ""
    return (
        f'<rect x="{x:.5g}" y="{y:.5g}" width="{width:.5g}" height="{height:.5g}" '
        f'fill="{colour}"{faint}/>'
    )
