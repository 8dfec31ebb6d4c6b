"""From runs to medians with ranges, and to tables in Markdown. Pure."""

import collections
import statistics

import setups
import workloads


Spread = collections.namedtuple("Spread", "median least most")


def spread(values):
    """Median and range."""
    return Spread(statistics.median(values), min(values), max(values))


def spreads(runs, workload, setup):
    """The spread of each figure over the runs of a workload under a setup; empty without any."""
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
    """Three digits that count; thousands as k."""
    if abs(value) >= 9995:
        return f"{number(value / 1000)}k"
    if abs(value) >= 99.95 or value == 0:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 9.95 else f"{value:.2f}"


def span(values):
    """Median and range in a table's cell."""
    return f"{number(values.median)} ({number(values.least)}–{number(values.most)})"


UNITS = {"ops_per_second": "requests/s", "p99_us": "p99, µs"}


def headline(runs):
    """One row a workload, one column a setup."""
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
    ("lower MiB, most", "lower_max_mib"),
    ("upper MiB, mean", "upper_mean_mib"),
    ("evictor user CPU %", "evictor_user_percent"),
    ("evictor system CPU %", "evictor_system_percent"),
    ("evictor RSS MiB", "evictor_rss_mib"),
    ("others' user CPU %", "others_user_percent"),
)


def details(runs):
    """One table for each workload, one row for each setup, with all figures."""
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


def table(heading, rows):
    lines = [heading, ["---", *["---:"] * (len(heading) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
