"""The catalogues of the pages: the same keys and values in both languages, none missing and none unused."""

import pytest
from sample_pages import order, preview, review, samples

from dinero_operator.connect import rendering
from dinero_operator.connect.language import Language
from dinero_operator.connect.problems import FieldProblem
from dinero_operator.connect.rendering import Pages
from dinero_operator.connect.texts import catalogue, text
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.holds import HoldReason
from dinero_operator.sync.preview import State, Step


def test_catalogues_have_the_same_keys_and_the_same_values() -> None:
    danish, english = (catalogue(language) for language in Language)
    assert danish.keys() == english.keys()
    for key, sentence in danish.items():
        assert sentence.strip() == sentence != ""
        assert _values(sentence) == _values(english[key]), key


def _values(sentence: str) -> set[str]:
    return {part.partition("}")[0] for part in sentence.split("{")[1:]}


def test_every_text_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    def noting(language: Language, key: str, **values: object) -> str:
        used.add(key)
        return text(language, key, **values)

    monkeypatch.setattr(rendering, "text", noting)
    holds = [order(1, State.HELD, hold=reason) for reason in HoldReason]
    steps = [order(1, State.TRANSFER, steps=(step,)) for step in Step]
    more = [
        *(review(problem=problem) for problem in FieldProblem),
        *(review(trigger=trigger, preview=preview((order(1, State.PENDING),))) for trigger in Trigger),
        review(preview=preview((*holds, *steps))),
    ]
    for page in (*samples().values(), *more):
        Pages().render(page, language=Language.ENGLISH, here="/connect/setup")
    assert set(catalogue(Language.ENGLISH)) - used == {"hold.unknown"}


@pytest.mark.parametrize("language", Language)
def test_every_reason_of_a_hold_has_its_own_sentence(language: Language) -> None:
    sentences = [text(language, f"hold.{reason}") for reason in HoldReason]
    assert len(set(sentences)) == len(sentences)


def test_a_reason_without_a_sentence_gets_the_general_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "catalogue", lambda _language: {})
    page = review(preview=preview((order(1, State.HELD, hold=HoldReason.LATE_ORDER),)))
    assert text(Language.DANISH, "hold.unknown") in Pages().render(page, language=Language.DANISH)
