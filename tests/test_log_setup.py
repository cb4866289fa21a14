"""One line an event, with the fields of the contract, and no secret or customer in any of them."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from dinero_operator import log_setup
from dinero_operator.log_setup import configure_logging
from dinero_operator.transport import redaction
from dinero_operator.transport.redaction import Redactor, remember

log = logging.getLogger("dinero_operator.sync.tally")


class Written:
    """What was written to stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.rstrip("\n").split("\n") if line]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Written]:
    """What is logged; afterwards everything is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in log_setup.QUIET}
    monkeypatch.setattr(redaction, "_shared", Redactor())
    yield Written(capsys)
    root.handlers[:], level = before
    root.setLevel(level)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_a_json_line_has_these_fields_and_no_others(written: Written) -> None:
    configure_logging(form="json", level="INFO")
    before = datetime.now(UTC)
    extra = {"namespace": "team", "name_": "shop", "order_id": 1234567, "total_ore": 249_00}
    log.info("%s/%s: %s", "team", "shop", "invoice booked", extra=extra)
    (line,) = written.lines
    stamped = datetime.fromisoformat(line.pop("timestamp"))
    assert before <= stamped <= datetime.now(UTC)
    assert stamped.utcoffset() is not None
    assert line == {
        "level": "INFO",
        "logger": "dinero_operator.sync.tally",
        "message": "team/shop: invoice booked",
        "namespace": "team",
        "name": "shop",
        "order_id": 1234567,
        "total_ore": 249_00,
    }


def test_a_line_without_a_resource(written: Written) -> None:
    configure_logging(form="json", level="INFO")
    log.warning("stopped")
    (line,) = written.lines
    assert line.keys() == {"level", "logger", "message", "timestamp"}


def test_whatever_is_logged_stays_one_line(written: Written) -> None:
    configure_logging(form="json", level="INFO")
    log.info('æøå \u2028 two\nlines \x00 and a "quote"', extra={"detail": {"a": [1, None, {2}], "b": object}})
    (line,) = written.lines
    assert line["message"].startswith("æøå")


def refuse(message: str) -> None:
    raise ConnectionError(message)


def fail(message: str) -> None:
    try:
        refuse(message)
    except ConnectionError as error:
        raise ValueError("for bo@example.com") from error


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_and_no_customer_is_written(written: Written, form: Any) -> None:
    configure_logging(form=form, level="INFO")
    remember("s3cret-value")
    try:
        fail("GET https://x.example.com/?code=hush-1 with Bearer hush-2 and s3cret-value")
    except ValueError:
        log.exception("could not write to %s", "Anne <anne@example.com>", extra={"to": ["anne@example.com"]})
    log.info(
        "s3cret-value",
        extra={"deep": {"anne@example.com": "s3cret-value"}, "error": ValueError("s3cret-value")},
    )
    log.info("stack", stack_info=True)
    text = written.text
    for hidden in ("hush", "s3cret", "anne@", "bo@"):
        assert hidden not in text
    for shown in ("ConnectionError", "ValueError", "Traceback", "test_log_setup.py", "could not write"):
        assert shown in text
    if form == "json":
        first, _, third = written.lines
        assert first["exc_info"].startswith("Traceback")
        assert first["level"] == "ERROR"
        assert "stack_info" in third


class Address:
    """Something that a line's extra field may hold, and whose text is not known before it is written."""

    def __str__(self) -> str:
        return "anne@example.com"

    __repr__ = __str__


@pytest.mark.parametrize(
    "value", [Address(), {"a": Address()}, [Address()], {Address()}, b"anne@example.com"]
)
def test_what_becomes_text_only_when_it_is_written_is_masked_too(written: Written, value: Any) -> None:
    configure_logging(form="json", level="INFO")
    log.info("sent", extra={"to": value})
    assert "anne@" not in written.text
    assert written.lines[0]["message"] == "sent"


def test_the_text_form_is_for_people(written: Written) -> None:
    configure_logging(form="text", level="INFO")
    log.info("team/shop: %s", "invoice booked", extra={"name_": "shop"})
    assert written.text.endswith(" INFO    team/shop: invoice booked\n")


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 3), ("INFO", 2), ("WARNING", 1), ("ERROR", 0)])
def test_the_level_is_the_settings(written: Written, level: str, count: int) -> None:
    configure_logging(form="json", level=level)
    log.debug("a")
    log.info("b")
    log.warning("c")
    assert len(written.lines) == count


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_libraries_speak_only_of_trouble(written: Written, level: str) -> None:
    configure_logging(form="json", level=level)
    for name in log_setup.QUIET:
        logging.getLogger(f"{name}.inside").info("chatter")
        logging.getLogger(f"{name}.inside").warning("trouble")
    assert [line["message"] for line in written.lines] == ["trouble"] * len(log_setup.QUIET)


def test_configuring_twice_does_not_write_twice(written: Written) -> None:
    configure_logging(form="json", level="INFO")
    configure_logging(form="json", level="INFO")
    log.info("once")
    assert len(written.lines) == 1
