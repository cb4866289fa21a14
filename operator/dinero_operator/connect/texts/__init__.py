"""What the pages say, in Danish and English: one catalogue of sentences for each language, with the same keys."""

from __future__ import annotations

from collections.abc import Mapping

from dinero_operator.connect.language import Language
from dinero_operator.connect.texts import da, en, errors_da, errors_en, holds_da, holds_en

_CATALOGUES: Mapping[Language, Mapping[str, str]] = {
    Language.DANISH: {**da.TEXTS, **errors_da.TEXTS, **holds_da.TEXTS},
    Language.ENGLISH: {**en.TEXTS, **errors_en.TEXTS, **holds_en.TEXTS},
}


def catalogue(language: Language) -> Mapping[str, str]:
    """Every sentence of a language by its key. ``{name}`` in a sentence stands for a value."""
    return _CATALOGUES[language]


def text(language: Language, key: str, **values: object) -> str:
    """One sentence with its values. Raises ``KeyError`` where there is no such sentence, or a value is missing."""
    return _CATALOGUES[language][key].format(**values)
