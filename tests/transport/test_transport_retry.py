"""Which failures are tried again, how long after, and what the rest is called."""

import asyncio
import random
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aioresponses import aioresponses

from dinero_operator.domain.errors import OutcomeUnknown, RateLimited, Unavailable
from dinero_operator.metrics import Metrics
from dinero_operator.transport.budget import Budget
from dinero_operator.transport.failure import Failure
from dinero_operator.transport.http import RetryPolicy, Transport
from dinero_operator.transport.retry import Attempts, retry_after


def retries(metrics: Metrics, cause: str, operation: str = "list_invoices") -> float | None:
    labels = {"system": "dinero", "operation": operation, "cause": cause}
    return metrics.registry.get_sample_value("dinero_operator_retries_total", labels)


async def never(_request: web.Request) -> web.StreamResponse:
    return await asyncio.Future()


FAILURES = ["500", "503", "480", "hang_up", "break_off", "timeout"]
CAUSES = {"500": "5xx", "503": "5xx", "480": "480", "hang_up": "connection", "break_off": "truncated"}


def failing(server: Any, kind: str) -> Any:
    steps = {"hang_up": server.hang_up, "break_off": server.break_off, "timeout": never}
    return steps.get(kind) or server.answer(int(kind), "<html>Secret detail</html>")


@pytest.mark.parametrize("kind", FAILURES)
async def test_what_may_be_repeated_is_repeated_until_it_works(
    server: Any, make_transport: Any, metrics: Metrics, clock: Any, kind: str
) -> None:
    transport = make_transport(total_seconds=0.2)
    server.will(failing(server, kind), failing(server, kind), server.answer(200, "[]"))
    assert (await transport.send(server.request())).json() == []
    assert len(server.calls) == 3
    assert retries(metrics, CAUSES.get(kind, kind)) == 2
    assert 0 < clock.elapsed <= 1 + 2


@pytest.mark.parametrize("kind", FAILURES)
async def test_what_may_be_repeated_is_given_up_after_five_tries(
    server: Any, make_transport: Any, metrics: Metrics, kind: str
) -> None:
    transport = make_transport(total_seconds=0.1)
    server.will(failing(server, kind))
    with pytest.raises(Unavailable) as caught:
        await transport.send(
            server.request(url=f"{server.url}/x?token=hush", headers={"Authorization": "hush"})
        )
    assert len(server.calls) == 5
    assert retries(metrics, CAUSES.get(kind, kind)) == 4
    message = str(caught.value)
    assert "list_invoices" in message
    assert "Dinero" in message
    assert server.url not in message
    assert "hush" not in message
    assert "Secret" not in message


@pytest.mark.parametrize("kind", FAILURES)
async def test_a_write_that_may_have_happened_is_never_repeated(
    server: Any, make_transport: Any, metrics: Metrics, kind: str
) -> None:
    transport = make_transport(total_seconds=0.2)
    server.will(failing(server, kind), server.answer(200))
    with pytest.raises(OutcomeUnknown, match=r"add_payment.*; whether it was carried out is not known$"):
        await transport.send(server.payment())
    assert len(server.calls) == 1
    assert retries(metrics, CAUSES.get(kind, kind), "add_payment") is None


async def test_a_write_on_a_kept_connection_that_dies_may_have_happened(
    server: Any, transport: Transport
) -> None:
    server.will(server.answer(), server.hang_up, server.answer())
    await transport.send(server.request())
    with pytest.raises(OutcomeUnknown):
        await transport.send(server.payment())
    assert len(server.calls) == 2


async def test_a_write_that_was_never_sent_is_repeated(
    server: Any, make_transport: Any, metrics: Metrics, unused_tcp_port: int
) -> None:
    transport = make_transport()
    with pytest.raises(Unavailable, match=r"^Dinero cannot be reached$"):
        await transport.send(server.payment(url=f"http://127.0.0.1:{unused_tcp_port}/"))
    assert retries(metrics, "connection", "add_payment") == 4


async def test_a_write_whose_connection_took_too_long_was_never_sent(
    server: Any, transport: Transport, metrics: Metrics
) -> None:
    # A handshake that nobody answers cannot be had on loopback.
    with aioresponses() as mocked:
        mocked.post("https://api.example.com/", exception=aiohttp.ConnectionTimeoutError(), repeat=True)
        with pytest.raises(Unavailable, match=r"^Dinero cannot be reached: connecting took too long$"):
            await transport.send(server.payment(url="https://api.example.com/"))
    assert retries(metrics, "timeout", "add_payment") == 4


async def test_a_kept_connection_that_died_is_one_of_our_tries_not_a_silent_one(
    server: Any, transport: Transport, metrics: Metrics
) -> None:
    """aiohttp alone would send a GET again by itself, past budget and metrics."""
    server.will(server.answer(), server.hang_up, server.answer())
    await transport.send(server.request())
    await transport.send(server.request())
    assert len(server.calls) == 3
    assert retries(metrics, "connection") == 1


async def test_every_try_takes_a_place_in_the_budget(server: Any, transport: Transport, clock: Any) -> None:
    budget = Budget(per_minute=10, clock=clock)
    server.will(server.answer(500), server.answer(500), server.answer(200))
    await transport.send(server.request(), budget=budget)
    assert budget.free == 7


async def test_waiting_for_the_budget_does_not_use_up_the_patience(
    server: Any, transport: Transport, clock: Any
) -> None:
    budget = Budget(per_minute=1, clock=clock)
    server.will(server.answer(500), server.answer(500), server.answer(500), server.answer(200))
    await transport.send(server.request(), budget=budget)
    assert clock.elapsed > 180


async def test_the_patience_ends_before_the_tries_do(server: Any, make_transport: Any, clock: Any) -> None:
    transport = make_transport(retry=RetryPolicy(tries=1000, total_seconds=30))
    server.will(server.answer(500))
    with pytest.raises(Unavailable):
        await transport.send(server.request())
    assert 10 < clock.elapsed <= 30


async def test_a_503_that_names_a_time_is_obeyed(server: Any, transport: Transport, clock: Any) -> None:
    server.will(server.answer(503, Retry_After="25"), server.answer(200))
    await transport.send(server.request())
    assert clock.elapsed == 25


async def test_a_503_that_asks_for_too_much_is_given_up(
    server: Any, transport: Transport, clock: Any
) -> None:
    server.will(server.answer(503, Retry_After="600"))
    with pytest.raises(Unavailable):
        await transport.send(server.request())
    assert (len(server.calls), clock.elapsed) == (1, 0)


@pytest.mark.parametrize("with_budget", [True, False])
@pytest.mark.parametrize(("headers", "wait"), [({}, 60), ({"Retry_After": "7"}, 7)])
async def test_a_429_waits_and_goes_on_even_for_a_payment(  # noqa: PLR0917 - pytest passes them by name
    server: Any,
    transport: Transport,
    clock: Any,
    metrics: Metrics,
    headers: dict[str, str],
    wait: float,
    with_budget: bool,
) -> None:
    budget = Budget(per_minute=60, clock=clock) if with_budget else None
    server.will(server.answer(429, "API calls quota exceeded!", **headers), server.answer(200))
    assert (await transport.send(server.payment(), budget=budget)).status == 200
    assert clock.elapsed == pytest.approx(wait)
    assert retries(metrics, "429", "add_payment") == 1


async def test_a_429_holds_back_everybody_of_that_budget(
    server: Any, transport: Transport, clock: Any
) -> None:
    budget = Budget(per_minute=60, clock=clock)
    other = Budget(per_minute=60, clock=clock)
    server.will(server.answer(429, Retry_After="300"))
    with pytest.raises(RateLimited) as caught:
        await transport.send(server.request(), budget=budget)
    assert caught.value.retry_after == 300
    assert str(caught.value) == "Dinero asks us to wait: too many calls"
    assert budget.free == 0
    assert other.free == 60
    clock.advance(300)
    assert budget.free == 60


async def test_a_429_that_does_not_end_is_given_up_within_two_minutes_and_a_little(
    server: Any, transport: Transport, clock: Any
) -> None:
    server.will(server.answer(429))
    with pytest.raises(RateLimited) as caught:
        await transport.send(server.request(), budget=Budget(per_minute=60, clock=clock))
    assert caught.value.retry_after == 60
    assert len(server.calls) == 3
    assert clock.elapsed == pytest.approx(120)


async def test_waiting_after_a_429_does_not_use_up_the_patience(
    server: Any, transport: Transport, clock: Any
) -> None:
    server.will(server.answer(429), server.answer(500), server.answer(200))
    await transport.send(server.request())
    assert len(server.calls) == 3
    assert clock.elapsed > 60


def test_the_back_off_doubles_has_a_ceiling_and_full_jitter(clock: Any) -> None:
    class Highest(random.Random):
        def uniform(self, a: float, b: float) -> float:
            assert a == 0
            return b

    def pauses(chance: random.Random) -> list[float | None]:
        attempts = Attempts(RetryPolicy(tries=8, total_seconds=1000), clock, chance)
        return [attempts.pause(Failure("5xx", "")) for _ in range(8)]

    assert pauses(Highest()) == [1, 2, 4, 8, 16, 20, 20, None]
    one, two = random.Random(1), random.Random(2)  # noqa: S311 - no secrets
    assert pauses(one) != pauses(two)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30),
        (" 30 ", 30),
        ("0", 1),
        ("86400", 3600),
        ("-5", None),
        ("1.5", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("99999999999999999999", None),
        ("Mon, 02 Mar 2026 09:01:30 GMT", 90),
        ("Mon, 02 Mar 2026 09:01:30 -0000", 90),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 1),
        ("Mon, 02 Mar 2099 08:00:00 GMT", 3600),
        ("Mon, 99 Mar 2026 09:01:30 GMT", None),
    ],
)
def test_retry_after_in_both_forms(clock: Any, value: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": value}, clock.now()) == seconds


def test_a_retry_after_date_is_measured_on_the_servers_own_clock(clock: Any) -> None:
    theirs = clock.now() + timedelta(hours=5)
    headers = {
        "Date": format_datetime(theirs, usegmt=True),
        "Retry-After": format_datetime(theirs + timedelta(seconds=20), usegmt=True),
    }
    assert retry_after(headers, clock.now()) == 20


def test_no_retry_after_at_all(clock: Any) -> None:
    assert retry_after({}, clock.now()) is None
