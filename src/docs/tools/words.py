"""The words that fadvised's texts avoid, each with the word to use. A pattern matches one meaning only."""

import re

# Subjects that do not speak.
_THING = (
    r"(?:kernel|daemon|fadvised|doctor|status|top|host|systemd|sysfs|statx|losetup|unit|file|line|log"
    r"|journal|output|command|program|table|it|which|that|this|they|lines)"
)
_DEVICE = r"(?:devices?|files?|it|they|all|each|both|any|loop\d+)"

_AVOID = [
    ("measures, polls, checks", r"(?:looks|looked|looking) (?:at|into|again|for itself)"),
    ("measures, polls, checks", r"\bnot (?:be )?look(?:ed)? (?:at|into)"),
    (
        "measurement",
        r"(?:(?<!have )(?<!take )a|one|two|three|each|every|first|last|next|between|other|earlier|of)"
        r" looks?(?! like)",
    ),
    ("reports, logs, prints", _THING + r" (?:says?|tells?|said|told)(?! (?:apart|to))"),
    ("reports, logs, prints", r"says (?:so|what|which|who|whether|why|that|how|where|of|nothing)"),
    ("reports, logs, prints", r"(?:is|are|was|were|be|been|being|not) told(?! (?:apart|to))"),
    ("reports, logs, prints", r"(?:nothing|no more) (?:is|was) (?:said|told)"),
    ("thrashing, read back", r"harm(?:s|ed|ing|ful)?"),
    ("read back", r"(?:pages?|evict\w*|cache|bytes) [^.;]{0,40}\b(?:comes?|came|coming) back"),
    (
        "pauses, paused",
        r"st(?:and|ands|anding|ood)(?: (?:it|them|this|that|a|the|such|one))*(?: devices?)? down",
    ),
    ("skipped once", r"(?:backs|backed|backing|back) off from"),
    ("budget, allowance", r"tolerated"),
    ("budget, allowance", _DEVICE + r" may hold"),
    ("scheduled, due", r"(?:has|have|had|gets?|got|takes?|waits? for|next) (?:its|their|his|a) turns?"),
    ("scheduled, waiting", r"stands? in (?:the )?line"),
    ("scattered", r"strewn"),
    ("available, unavailable", r"(?:can|cannot|could|to|may|might)(?: not)? be had"),
    ("not responding", r"(?:gives?|gave|given|giving) no answer"),
    ("directory", r"(?<!Grafana )folders?"),
    (
        "upper cache, lower cache",
        r"(?:cached|resident) (?:above|below)(?! (?:the|an?|it|its|them|this|these|that|each|another|\d+))",
    ),
    ("upper cache, lower cache", r"from below"),
    ("a number", r"so (?:many|much|little|few)(?!(?: \w+)? (?:that|as))"),
    ("no longer", r"(?:is|are|was|be|it|them|one|starts|runs) no more(?! than)"),
    ("a comparison", r"the sooner"),
    ("attacker, goal, mitigation", r"(?:stands?|is|are|what is|who is) in the way"),
    ("without output", r"without a word"),
]

_PATTERNS = [
    (use, re.compile(rf"(?<![\w.-])(?:{avoid})(?![\w-])", re.IGNORECASE)) for use, avoid in _AVOID
]


def find(text):
    """Positions, words to avoid and words to use; text may be of several lines."""
    flat = text.replace("\n", " ")
    found = [(m.start(), -m.end(), m[0], use) for use, pattern in _PATTERNS for m in pattern.finditer(flat)]
    distinct = []
    end = 0
    for start, minus_end, avoid, use in sorted(found):
        if start >= end:  # else a part of the one before
            distinct.append((start, avoid, use))
            end = -minus_end
    return distinct


# A comment or a sentence that starts like this has no subject that acts.
_OPENING = re.compile(r"(What|Whether|Who|Of|So|The same)\b(?!-)")


def opening(text):
    """The word a text should not open with, or None."""
    found = _OPENING.match(text.lstrip())
    return found[1] if found else None
