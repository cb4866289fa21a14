"""Regular expressions that users give, kept so simple that none can stop the program.

One process serves many shops. Python's matcher tries every way to divide a text among the repetitions of an
expression; a few characters can ask for more ways than there are seconds in a year, and nothing could interrupt it.
"""

from __future__ import annotations

import re
import warnings

MAX_LENGTH = 256
LONGEST_CODE = 64
"""Characters of a voucher code that are looked at."""

_MAX_WAYS = 2_000_000
_NEUTRAL = "x"
_SPECIAL_GROUP = re.compile(r"\((?=\?(?!:))")
_ATOMS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_BACKREFERENCE = re.compile(r"\\[0-9]")
_REPEAT = re.compile(r"(?P<sign>[*+?])[?+]?|\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\}[?+]?")
_TOO_COMPLEX = "use a simpler expression: no repeated groups, and few open repetitions"


def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile an expression for codes of at most ``LONGEST_CODE`` characters.

    Raises ``ValueError``, whose text is the remedy and holds nothing of what was given.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"use at most {MAX_LENGTH} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd, but lawful: "[[" is no reason to refuse
            compiled = re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("give a regular expression that can be read, such as ^GIFT-") from None
    if _ways(text) > _MAX_WAYS:
        raise ValueError(_TOO_COMPLEX)
    return compiled


def _ways(text: str) -> float:
    """An upper bound of the ways to divide one code; infinite where the form itself is refused."""
    text = text.removeprefix("(?i)")
    escapes = text.replace("\\\\", _NEUTRAL)
    bare = _ATOMS.sub(_NEUTRAL, text)
    if _BACKREFERENCE.search(escapes) or _SPECIAL_GROUP.search(bare):
        return float("inf")
    bare = bare.replace("(?:", "(")
    ways = 1.0
    for repeat in _REPEAT.finditer(bare):
        if bare[: repeat.start()].endswith(")") and repeat["sign"] != "?":
            return float("inf")
        ways *= _choices(repeat)
    for alternatives in re.findall(r"[^()]*", bare):
        ways *= 1 + alternatives.count("|")
    return ways


def _choices(repeat: re.Match[str]) -> int:
    if repeat["sign"]:
        return 2 if repeat["sign"] == "?" else LONGEST_CODE
    if not repeat["comma"]:
        return 1
    low = int(repeat["low"] or 0)
    high = int(repeat["high"]) if repeat["high"] else LONGEST_CODE
    return max(1, min(LONGEST_CODE, high - low + 1))
