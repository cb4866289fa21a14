"""Nothing secret and nobody's address is written down."""

import io
import logging
import sys

import pytest
from pythonjsonlogger.json import JsonFormatter

from dinero_operator.transport import redaction
from dinero_operator.transport.redaction import RedactingFilter, Redactor

HEX = "0123456789abcdef0123456789ABCDEF"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL2FwaSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("{'Authorization': 'bearer hushhush'}", "hushhush"),
        ("Authorization: Basic aXN2OnNlY3JldA==", "aXN2OnNlY3JldA"),
        (f"GET https://shop.example.com/REST/order?key={HEX}", HEX),
        (f"token_{HEX}{HEX}!", HEX),
        (f"got {JWT} back", JWT),
        ("grant_type=refresh_token&refresh_token=hush-1&client_id=isv_x", "hush-1"),
        ('{"access_token": "hush-2", "expires_in": 3600}', "hush-2"),
        ("{'client_secret': 'hush-3'}", "hush-3"),
        ("clientSecret=hush-4", "hush-4"),
        ("https://x.example.com/connect/callback?code=hush-5&state=hush-5", "hush-5"),
        ("https://user:hush-6@example.com/", "hush-6"),
        ("mail to ane.mørk+shop@butik.example.com failed", "ane.mørk"),
        ("Email%20eq%20'bo%40example.com'", "bo%40example"),
        ("<bo@example.com>", "bo@"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, secret: str) -> None:
    assert secret in text
    redacted = Redactor().redact(text)
    assert secret not in redacted
    assert "***" in redacted
    assert Redactor().redact(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "Dinero did not answer list_invoices in time",
        "order 12345 of shop team/shop-a is held: TotalsDiffer",
        "invoice 3f2b8c1e-5d4a-4b6f-9c0d-1e2f3a4b5c6d was booked with timestamp 00000000020A5EA8",
        "the bearer token is expired",
        "2026-03-02T09:00:00Z GET https://api.dinero.dk/v1/1/invoices?page=0",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    assert Redactor().redact(text) == text


def test_a_remembered_secret_is_masked_however_it_is_written() -> None:
    redactor = Redactor()
    redactor.remember('p/w "1"+æ')
    redactor.remember("s3cr3t")
    redactor.remember("s3cr3t-longer")
    text = 'a p/w "1"+æ b p%2Fw%20%221%22%2B%C3%A6 c p%2Fw+%221%22%2B%C3%A6 d p/w \\"1\\"+\\u00e6 s3cr3t-longer,s3cr3t.'
    assert redactor.redact(text) == "a *** b *** c *** d *** ***,***."


def test_very_short_secrets_would_mask_words() -> None:
    redactor = Redactor()
    redactor.remember("")
    redactor.remember("abc")
    assert redactor.redact("abcdef") == "abcdef"


def test_the_secrets_not_used_for_longest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "MOST_SECRETS", 2)
    redactor = Redactor()
    for secret in ("first-secret", "second-secret", "first-secret", "third-secret"):
        redactor.remember(secret)
    assert redactor.redact("first-secret second-secret third-secret") == "*** second-secret ***"


def test_the_shared_redactor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_shared", Redactor())
    redaction.remember("known-secret")
    assert redaction.redact("a known-secret") == "a ***"


@pytest.fixture(params=[logging.Formatter, JsonFormatter], ids=["text", "json"])
def log(request: pytest.FixtureRequest) -> tuple[logging.Logger, io.StringIO]:
    """A logger and what its handler has written."""
    redactor = Redactor()
    redactor.remember("known-secret")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param("%(message)s %(extra)s", defaults={"extra": ""}))
    handler.addFilter(RedactingFilter(redactor))
    logger = logging.Logger("redaction")  # noqa: LOG001 - belongs to this test alone
    logger.addHandler(handler)
    return logger, stream


def test_message_arguments_and_extra_fields_are_redacted(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    extra = {"extra": {"to": ["bo@example.com", 7]}}
    logger.warning("known-secret %s %d", "Bearer hushhush", 5, extra=extra)
    written = stream.getvalue()
    assert "*** Bearer *** 5" in written
    assert "known" not in written
    assert "hush" not in written
    assert "bo@" not in written
    assert "7" in written
    assert extra == {"extra": {"to": ["bo@example.com", 7]}}  # the caller's own object is left alone


def test_exceptions_with_their_causes_and_stacks_are_redacted(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = log
    try:
        try:
            int("Bearer hushhush")
        except ValueError as error:
            raise RuntimeError("for bo@example.com") from error
    except RuntimeError as caught:
        logger.exception("failed: %s", caught, stack_info=True)  # noqa: TRY401 - that is the point
    written = stream.getvalue()
    assert "RuntimeError: for ***" in written
    assert "ValueError: invalid literal" in written
    assert "Traceback" in written
    assert "test_redaction.py" in written
    assert "hush" not in written
    assert "bo@" not in written


def test_a_faulty_log_line_is_still_redacted(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.warning("known-secret %d", "no number")
    assert "*** %d" in stream.getvalue()


def test_any_record_passes(log: tuple[logging.Logger, io.StringIO]) -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "%s", ("a",), None)
    assert RedactingFilter().filter(record) is True
    assert record.getMessage() == "a"
    assert sys.exc_info() == (None, None, None)
