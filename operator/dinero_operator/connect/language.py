"""Danish or English: what the visitor has chosen, else what the browser asks for, else Danish."""

from __future__ import annotations

from enum import StrEnum

LANGUAGE_QUERY = "lang"
"""Name of the query parameter of the switch, and of the cookie that remembers it."""
LONGEST_HEADER = 500


class Language(StrEnum):
    """A language of the pages; the value is its tag in HTML."""

    DANISH = "da"
    ENGLISH = "en"

    @property
    def other(self) -> Language:
        """The language that the switch offers."""
        return Language.ENGLISH if self is Language.DANISH else Language.DANISH

    @property
    def ui_locale(self) -> str:
        """What Visma Connect calls it (``ui_locales``)."""
        return "da-DK" if self is Language.DANISH else "en-GB"


_ALIKE = {"da": Language.DANISH, "nb": Language.DANISH, "nn": Language.DANISH, "no": Language.DANISH}
"""Norwegians read Danish better than English; everybody else who asks for another language gets English."""


def choose_language(accept_language: str | None, chosen: str | None = None) -> Language:
    """Pick the language by ``chosen`` (query or cookie), else by the header ``Accept-Language``, else Danish.

    Whatever either holds, nothing is raised.
    """
    if chosen in list(Language):
        return Language(chosen)
    tags = [_weighed(part) for part in (accept_language or "")[:LONGEST_HEADER].split(",")]
    wanted = [
        tag
        for weight, tag in sorted(tags, key=lambda pair: -pair[0])
        if weight > 0 and (tag.isalpha() or tag == "*")
    ]
    if not wanted or wanted == ["*"]:
        return Language.DANISH
    return next(
        (_ALIKE.get(tag, Language.ENGLISH) for tag in wanted if tag in {*_ALIKE, "en"}), Language.ENGLISH
    )


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().partition(";")
    try:
        quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
    except ValueError:
        quality = 0.0
    return quality, tag.strip().lower().partition("-")[0]
