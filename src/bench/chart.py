"""
The chart of a result: a bar for each workload, the ratio of fadvised's throughput to that of no daemon.

    python3 src/bench/chart.py src/bench/results/result.json >src/bench/results/chart.svg
"""

import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

import machine
import report
import workloads

# The width of README text on GitHub.
WIDTH = 840
MARGIN = 16
BARS_LEFT, BARS_WIDTH = 330, 300
LABELS_LEFT = BARS_LEFT + BARS_WIDTH + 20
BARS_TOP, BAR_STEP, BAR_HEIGHT = 88, 38, 24
FOOTER_HEIGHT = 62

TITLE = "Throughput with fadvised, as a multiple of throughput without a daemon"
BARS = "Bar: median. Line: range. Longer is better; 1 is no daemon."
PAIRS = "Each ratio compares two runs of one repeat. It can differ from the ratio of two medians."

# Text has a contrast of at least 4.5 to its background, light and dark.
STYLE = """
  text { font: 15px system-ui, sans-serif; fill: #1f2328 }
  .back { fill: #ffffff }
  .title { font-size: 17px; font-weight: 600 }
  .note { fill: #59636e; font-size: 13px }
  .machine { fill: #59636e; font-size: 12px }
  .value { fill: #ffffff; font-weight: 600 }
  .bar { fill: #0969da }
  .halo { stroke: #ffffff; stroke-width: 4 }
  .range { stroke: #1f2328; stroke-width: 1.5 }
  .one { stroke: #59636e; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .back { fill: #0d1117 }
    .note, .machine { fill: #9198a1 }
    .halo { stroke: #0d1117 }
    .range { stroke: #e6edf3 }
    .one { stroke: #9198a1 }
  }
"""


def chart(found):
    """The SVG of a result. Latencies are only in the tables."""
    ratios = {
        workload.title: quotients
        for workload in workloads.WORKLOADS
        if workload.figure == "ops_per_second"
        and (quotients := report.quotients(found["runs"], workload, ["none"]))
    }
    longest = math.ceil(max([2, *(value for values in ratios.values() for value in values)]))
    bottom = BARS_TOP + len(ratios) * BAR_STEP
    height = bottom + FOOTER_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">',
        f"<title>{escape(TITLE)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{height}"/>',
        _text(MARGIN, 32, TITLE, "title"),
        _text(MARGIN, 54, BARS, "note"),
    ]
    for place, (title, quotients) in enumerate(ratios.items()):
        parts += _bar(title, quotients, longest, BARS_TOP + place * BAR_STEP)
    one = _across(1, longest)
    parts += [
        f'<path class="one" d="M{one} {BARS_TOP - 8}V{bottom - 6}"/>',
        _text(one - 4, BARS_TOP - 12, "1", "note"),
        _text(MARGIN, bottom + 20, PAIRS, "note"),
        _text(MARGIN, bottom + 40, machine.line(found["machine"]), "machine"),
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _across(ratio, longest):
    return round(BARS_LEFT + BARS_WIDTH * ratio / longest, 1)


def _bar(title, quotients, longest, y):
    spread = report.spread(quotients)
    start, end = _across(spread.min, longest), _across(spread.max, longest)
    middle, baseline = y + BAR_HEIGHT / 2, y + 17
    line = f"M{start} {middle}H{end}M{start} {middle - 5}v10M{end} {middle - 5}v10"
    runs = f"{len(quotients)} run{'' if len(quotients) == 1 else 's'}"
    label = f"{spread.min:.2f}–{spread.max:.2f}, {runs}"
    return [
        _text(MARGIN, baseline, title),
        f'<rect class="bar" x="{BARS_LEFT}" y="{y}" '
        f'width="{round(_across(spread.median, longest) - BARS_LEFT, 1)}" height="{BAR_HEIGHT}"/>',
        f'<path class="halo" d="{line}"/>',
        f'<path class="range" d="{line}"/>',
        _text(BARS_LEFT + 8, baseline, f"{spread.median:.2f}", "value"),
        _text(LABELS_LEFT, baseline, label),
    ]


def _text(x, y, words, kind=None):
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{kind}>{escape(words)}</text>'


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    sys.stdout.write(chart(json.loads(pathlib.Path(sys.argv[1]).read_text())))
