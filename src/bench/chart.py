"""The chart of a result: a panel for each workload, a bar with its range for each setup. Pure."""

from xml.sax.saxutils import escape

import machine
import report
import setups
import workloads

COLUMNS = 3
PANEL_WIDTH, PANEL_HEIGHT = 320, 172
MARGIN = 16
LABEL_WIDTH = 80
VALUE_WIDTH = 46
BAR_WIDTH = PANEL_WIDTH - LABEL_WIDTH - VALUE_WIDTH - MARGIN
BARS_TOP, BAR_STEP, BAR_HEIGHT = 46, 24, 14

HEADER_HEIGHT = 52
LABELS = {
    "none": "no daemon",
    "fadvised": "fadvised",
    "vmtouch": "vmtouch -e",
    "drop_caches": "drop_caches",
    "direct": "direct I/O",
}
BETTER = {
    "ops_per_second": "requests a second; longer is better",
    "p99_us": "its p99 in µs; shorter is better",
}

# Both sets of colours have a contrast of 4.5 or more between text and background.
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .back { fill: #ffffff }
  .title { font-weight: 600 }
  .note { fill: #59636e; font-size: 11px }
  .bar { fill: #a8b1bb }
  .fadvised { fill: #2f81f7 }
  .range { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .back { fill: #0d1117 }
    .note { fill: #9198a1 }
    .bar { fill: #59636e }
    .fadvised { fill: #388bfd }
    .range { stroke: #e6edf3 }
  }
"""


def chart(found):
    """The SVG of a result."""
    panels = [
        panel
        for workload in workloads.WORKLOADS
        if (panel := _panel(workload, found["runs"])) is not None
    ]
    rows = -(-len(panels) // COLUMNS)
    width = COLUMNS * PANEL_WIDTH + MARGIN
    height = HEADER_HEIGHT + rows * PANEL_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">',
        "<title>fadvised beside other ways to treat the page cache below loop devices</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{width}" height="{height}"/>',
        _text(MARGIN, 22, "Bars are medians, lines the range of all runs.", "title"),
        _text(MARGIN, 40, machine.line(found["machine"]), "note"),
    ]
    for place, panel in enumerate(panels):
        row, column = divmod(place, COLUMNS)
        x, y = MARGIN + column * PANEL_WIDTH, HEADER_HEIGHT + row * PANEL_HEIGHT
        parts += [f'<g transform="translate({x} {y})">', *panel, "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(workload, runs):
    """The parts of a workload's panel; None if it was not run."""
    spreads = {
        setup.key: found[workload.figure]
        for setup in setups.SETUPS
        if (found := report.spreads(runs, workload.key, setup.key))
    }
    if not spreads:
        return None
    longest = max(spread.most for spread in spreads.values()) or 1
    parts = [_text(0, 18, workload.title, "title"), _text(0, 34, BETTER[workload.figure], "note")]
    for place, (key, spread) in enumerate(spreads.items()):
        parts += _bar(key, spread, longest, BARS_TOP + place * BAR_STEP)
    return parts


def _bar(key, spread, longest, y):
    def across(value):
        return round(LABEL_WIDTH + BAR_WIDTH * value / longest, 1)

    middle = y + BAR_HEIGHT / 2
    least, most = across(spread.least), across(spread.most)
    shade = "fadvised" if key == "fadvised" else "bar"
    return [
        _text(0, y + 11, LABELS[key]),
        f'<rect class="{shade}" x="{LABEL_WIDTH}" y="{y}" '
        f'width="{round(across(spread.median) - LABEL_WIDTH, 1)}" height="{BAR_HEIGHT}"/>',
        f'<path class="range" d="M{least} {middle}H{most}M{least} {y + 3}v8M{most} {y + 3}v8"/>',
        _text(LABEL_WIDTH + BAR_WIDTH + 8, y + 11, report.number(spread.median)),
    ]


def _text(x, y, words, kind=None):
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{kind}>{escape(words)}</text>'
