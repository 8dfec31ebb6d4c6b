"""The table of limits, for figures that are worse than their target. A limit may only go down."""


def parse(text):
    """Rule and path to limit."""
    limits = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            rule, path, limit = line.split("\t")
            limits[rule, path] = float(limit)
    return limits


def render(limits):
    lines = [
        "# Figures that are worse than their target, by rule and file. They may only go down:",
        "# src/docs/check --update lowers them and refuses to raise one.",
    ]
    lines += [f"{rule}\t{path}\t{limit:g}" for (rule, path), limit in sorted(limits.items())]
    return "\n".join(lines) + "\n"


def raised(before, after):
    """Entries that went up, as (rule, path, before, after). A file may be renamed: then the rule's sum decides."""
    sums = {}
    for sign, limits in ((-1, before), (1, after)):
        for (rule, _), limit in limits.items():
            sums[rule] = sums.get(rule, 0) + sign * limit
    return [
        (*key, before.get(key), limit)
        for key, limit in sorted(after.items())
        if (key in before and limit > before[key]) or (key not in before and sums[key[0]] > 1e-9)
    ]
