"""Summarizes runs as medians with ranges, in Markdown tables. Pure."""

import collections
import statistics

import machine
import setups
import workloads


Spread = collections.namedtuple("Spread", "median min max")


def spread(values):
    """Median and range."""
    return Spread(statistics.median(values), min(values), max(values))


def spreads(runs, workload, setup):
    """The spread of each figure over the runs of a workload and setup; empty if there are none."""
    figures = [
        run["figures"]
        for run in runs
        if (run["workload"], run["setup"]) == (workload, setup) and run["figures"]
    ]
    if not figures:
        return {}
    return {
        name: spread([figure[name] for figure in figures])
        for name, value in figures[0].items()
        if isinstance(value, (int, float))
    }


def number(value):
    """Three significant digits; thousands as k."""
    if abs(value) >= 9995:
        return f"{number(value / 1000)}k"
    if abs(value) >= 99.95 or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.95 else f"{value:.2f}"


def span(values):
    """Median and range for a table cell."""
    if values.min == values.max:
        return number(values.median)
    return f"{number(values.median)} ({number(values.min)}–{number(values.max)})"


UNITS = {"ops_per_second": "requests/s", "p99_us": "p99, µs"}


def headline(runs):
    """One row for each workload, one column for each setup."""
    titles = [setup.title for setup in setups.SETUPS]
    rows = []
    for workload in workloads.WORKLOADS:
        by_setup = [
            spreads(runs, workload.key, setup.key).get(workload.figure) for setup in setups.SETUPS
        ]
        if any(by_setup):
            cells = [span(values) if values else "–" for values in by_setup]
            rows.append([f"{workload.title}: {UNITS[workload.figure]}", *cells])
    return table(["workload: figure", *titles], rows)


def quotients(runs, workload, setups_over):
    """
    The ratios of fadvised's figure to the best of these setups, one for each repeat that has both.
    Best is the highest throughput, or the lowest latency.
    """
    best = max if workload.figure == "ops_per_second" else min
    found = {
        (run["repeat"], run["setup"]): run["figures"][workload.figure]
        for run in runs
        if run["workload"] == workload.key and run["figures"]
    }
    result = []
    for repeat in sorted({repeat for repeat, _ in found}):
        others = [found[repeat, key] for key in setups_over if (repeat, key) in found]
        if (repeat, "fadvised") in found and others:
            result.append(found[repeat, "fadvised"] / best(others))
    return result


def ratio(runs, workload, setups_over):
    """The spread of the quotients; None if there are none."""
    found = quotients(runs, workload, setups_over)
    return spread(found) if found else None


RATIOS = (
    ("fadvised over no daemon", ["none"]),
    ("over the best other evictor", ["vmtouch", "drop_caches"]),
    ("over direct I/O", ["direct"]),
)


def ratios(runs):
    """One row for each workload: the ratios of fadvised's figure to others."""
    rows = []
    for workload in workloads.WORKLOADS:
        found = [ratio(runs, workload, keys) for _, keys in RATIOS]
        if any(found):
            cells = [span(values) if values else "–" for values in found]
            rows.append([f"{workload.title}: {UNITS[workload.figure]}", *cells])
    return table(["workload: figure", *(title for title, _ in RATIOS)], rows)


DETAILS = (
    ("requests/s", "ops_per_second"),
    ("p50 µs", "p50_us"),
    ("p99 µs", "p99_us"),
    ("p99.9 µs", "p99_9_us"),
    ("I/O wait %", "iowait_percent"),
    ("disk read MiB/s", "disk_read_mib_per_second"),
    ("disk written MiB/s", "disk_written_mib_per_second"),
    ("file refaults/s", "refaults_per_second"),
    ("lower MiB, mean", "lower_mean_mib"),
    ("lower MiB, max", "lower_max_mib"),
    ("upper MiB, mean", "upper_mean_mib"),
    ("evictor user CPU %", "evictor_user_percent"),
    ("evictor system CPU %", "evictor_system_percent"),
    ("evictor RSS MiB", "evictor_rss_mib"),
    ("others' user CPU %", "others_user_percent"),
)


def details(runs):
    """One table for each workload, one row for each setup, all figures."""
    parts = []
    for workload in workloads.WORKLOADS:
        rows = []
        for setup in setups.SETUPS:
            found = spreads(runs, workload.key, setup.key)
            if found:
                rows.append([setup.title, *(span(found[name]) for _, name in DETAILS)])
        if rows:
            heading = ["setup", *(title for title, _ in DETAILS)]
            parts.append(f"### {workload.title}\n\n{table(heading, rows)}")
    return "\n\n".join(parts)


COST = (
    ("measure: fadvised", "measure_fadvised_ms"),
    ("fadvised, mincore alone", "measure_fadvised_mincore_ms"),
    ("fincore", "measure_fincore_ms"),
    ("vmtouch", "measure_vmtouch_ms"),
    ("evict: fadvised", "evict_fadvised_ms"),
    ("vmtouch -e", "evict_vmtouch_ms"),
)


def cost_table(rows):
    cells = [[row["title"], *(_millis(row.get(name)) for _, name in COST)] for row in rows]
    return table(["milliseconds", *(title for title, _ in COST)], cells)


def cost_line(row):
    return "  ".join([row["title"] + ":", *(f"{title} {_millis(row.get(name))}" for title, name in COST)])


def _millis(value):
    return "–" if value is None else number(value)


def reaction_text(found):
    """A sentence about the measured reactions."""
    seconds = [one["reaction_seconds"] for one in found]
    if None in seconds:
        return f"Not within budget.pressed in time in {seconds.count(None)} of {len(found)} runs."
    return (
        f"Lower cache within budget.pressed ({number(found[0]['budget_mib'])} MiB) "
        f"{span(spread(seconds))} s after the kernel began to reclaim."
    )


def reaction_line(one):
    return "reaction: " + "  ".join(
        f"{name} {'–' if value is None else number(value)}"
        for name, value in one.items()
        if not isinstance(value, list)
    )


def line(names, figures):
    words = "impossible here"
    if figures:
        words = "  ".join(f"{title} {number(figures[name])}" for title, name in DETAILS)
    return f"{names['repeat']} {names['workload']} {names['setup']}: {words}"


def summary(found):
    """The headline, the ratios, the reaction and the cost."""
    parts = [
        f"Measured on {machine.line(found['machine'])}. Medians, with the range of all repeats."
    ]
    if found["runs"]:
        parts += [headline(found["runs"]), ratios(found["runs"])]
    if found["reaction"]:
        parts += [reaction_text(found["reaction"])]
    if found["cost"]:
        parts += [cost_table(found["cost"])]
    return "\n\n".join(parts) + "\n"


def everything(found):
    """The summary and all figures."""
    return summary(found) + "\n" + details(found["runs"]) + "\n"


def table(heading, rows):
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
