"""The one way in which the program calls Shoporama, Dinero and Visma Connect."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Protocol

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from dinero_operator import __version__
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.metrics import Metrics
from dinero_operator.transport.budget import Budget
from dinero_operator.transport.clock import Clock
from dinero_operator.transport.failure import Failure, setting, title
from dinero_operator.transport.message import Request, Response
from dinero_operator.transport.retry import DEFAULT_WAIT_SECONDS, Attempts, RetryPolicy, retry_after

__all__ = ["Probe", "Request", "Response", "RetryPolicy", "Transport"]

TOTAL_SECONDS = 30.0
"""Longer than the slowest list of 1,000 invoices should take; a run must not hang on one call."""
CONNECT_SECONDS = 10.0
"""A host that does not shake hands within this is down; the time until then is lost to every order behind."""
LARGEST_BODY = 16 * 1024 * 1024
"""Bytes after decompression: ten times the largest list page that either system can give."""
CONNECTIONS = 100
"""Per system, over all organisations."""

_TOO_MANY = 429
_BROWNOUT = 480
_SERVER_ERROR = 500

logger = logging.getLogger(__name__)


class Probe(Protocol):
    """Sees every real sending, so that tests can raise in the moment before it or after it."""

    async def before(self, request: Request) -> None:
        """Runs when the call has its place and is about to be sent."""
        ...

    async def after(self, request: Request, response: Response | None) -> None:
        """Runs when the answer is here, or when it is certain that none will come."""
        ...


@dataclass(slots=True)
class _Trace:
    """What aiohttp tells of one sending: from ``connected`` on, bytes may have reached the system."""

    connected: bool = False


class _SentOnce(Exception):
    """Carries a connection error past aiohttp, which else would send again by itself, outside budget and metrics."""


class _TooLarge(Exception):
    """The body exceeds the cap."""


async def _never_twice(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _SentOnce from error


async def _connected(_session: object, context: SimpleNamespace, _params: object) -> None:
    context.trace_request_ctx.connected = True


class Transport:
    """Sends requests: budget, time-outs, retries, metrics, and errors that name who must act.

    TLS is always verified, redirects are never followed, cookies are never kept. ``total_seconds`` bounds one sending
    with its answer, ``connect_seconds`` the connection alone. Close it with ``aclose``.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        metrics: Metrics,
        random: Random | None = None,
        retry: RetryPolicy | None = None,
        total_seconds: float = TOTAL_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        largest_body: int = LARGEST_BODY,
        probe: Probe | None = None,
    ) -> None:
        self._clock = clock
        self._metrics = metrics
        self._random = random or Random()  # noqa: S311 - jitter is no secret
        self._retry = retry or RetryPolicy()
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, sock_connect=connect_seconds)
        self._largest_body = largest_body
        self._probe = probe
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def aclose(self) -> None:
        """Close all connections."""
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    async def send(self, request: Request, *, budget: Budget | None = None, urgent: bool = False) -> Response:
        """Send, again where that is safe, and return any 2xx or 4xx answer (but 429 and 480) for the client to read.

        Raises ``RateLimited``, ``Unavailable``, ``OutcomeUnknown`` (only where the request is not repeatable and may
        have been carried out) and ``InvalidConfiguration`` (it cannot be sent at all).
        """
        attempts = Attempts(self._retry, self._clock, self._random)
        while True:
            began = self._clock.monotonic()
            lease = await budget.acquire(urgent=urgent) if budget is not None else None
            attempts.waited(self._clock.monotonic() - began)
            try:
                result = await self._send_once(request)
            finally:
                if lease is not None:
                    lease.done()
            if isinstance(result, Response):
                return result
            pause = await self._give_up_or_pause(request, result, attempts, budget)
            if pause > 0:
                await self._clock.sleep(pause)

    async def _give_up_or_pause(
        self, request: Request, failure: Failure, attempts: Attempts, budget: Budget | None
    ) -> float:
        """Seconds to sleep before the next try; 0 where the budget makes the call wait. Else raises."""
        limited = failure.cause == "429"
        if limited and budget is not None:
            budget.drain(DEFAULT_WAIT_SECONDS if failure.retry_after is None else failure.retry_after)
        pause = attempts.pause(failure)
        may_repeat = limited or request.repeatable or not failure.sent
        if pause is None or not may_repeat:
            raise failure.error(repeatable=request.repeatable, default_wait=DEFAULT_WAIT_SECONDS)
        self._metrics.count_retry(request.system, request.operation, failure.cause)
        logger.debug("%s %s is repeated: %s", request.system, request.operation, failure.cause)
        if not limited:
            return pause
        if budget is not None:
            return 0.0
        attempts.waited(pause)
        return pause

    async def _send_once(self, request: Request) -> Response | Failure:
        headers = {"User-Agent": f"dinero-operator/{__version__}", "Accept": "application/json"}
        body, content = request.body()
        headers |= content | request.checked_headers()
        if self._probe is not None:
            await self._probe.before(request)
        response, failure = await self._measured(request, headers, body)
        if self._probe is not None:
            await self._probe.after(request, response)
        if failure is not None:
            return failure
        assert response is not None
        return self._judged(response) or response

    async def _measured(
        self, request: Request, headers: dict[str, str], body: bytes | None
    ) -> tuple[Response | None, Failure | None]:
        """One exchange of bytes: an answer, or why there is none."""
        trace = _Trace()
        response: Response | None = None
        began = self._clock.monotonic()
        try:
            response = await self._exchange(request, headers, body, trace)
        except aiohttp.InvalidURL:
            raise self._unusable(request) from None
        except (aiohttp.ClientError, _SentOnce, _TooLarge, OSError) as error:
            return None, self._failed(request, error, sent=trace.connected)
        except ValueError:
            if trace.connected:
                raise
            raise self._unusable(request) from None
        finally:
            code = None if response is None else response.status
            self._metrics.observe_request(
                request.system, request.operation, code, self._clock.monotonic() - began
            )
        return response, None

    async def _exchange(
        self, request: Request, headers: dict[str, str], body: bytes | None, trace: _Trace
    ) -> Response:
        async with self._session(request.system).request(
            request.method,
            URL(request.full_url(), encoded=True),
            data=body,
            headers=headers,
            allow_redirects=False,
            trace_request_ctx=trace,
        ) as answer:
            try:
                content = await self._content(answer)
            except (aiohttp.ClientError, _TooLarge, OSError):
                if answer.status < _SERVER_ERROR and answer.status not in {_TOO_MANY, _BROWNOUT}:
                    raise
                content = b""  # the status says it all
            return Response(
                answer.status, CIMultiDict(answer.headers), content, request.system, request.operation
            )

    async def _content(self, answer: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > self._largest_body:
                answer.close()
                raise _TooLarge
        return bytes(content)

    def _judged(self, response: Response) -> Failure | None:
        """What is wrong with an answer before its content is looked at."""
        who = title(response.system)
        wait = retry_after(response.headers, self._clock.now())
        match response.status:
            case 429:
                return Failure("429", f"{who} asks us to wait: too many calls", retry_after=wait)
            case 480:
                return Failure(
                    "480", f"{who} is about to remove {response.operation} (HTTP 480): update the operator"
                )
            case status if status >= _SERVER_ERROR:
                return Failure(
                    "5xx", f"{who} answered {response.operation} with a server error", retry_after=wait
                )
            case status if not 200 <= status < 300 and status < 400:  # noqa: PLR2004 - the classes of HTTP
                return Failure(
                    "connection",
                    f"{who} answered {response.operation} with a redirect, which is not followed: "
                    f"check {setting(response.system)}",
                    again=False,
                )
        return None

    def _failed(self, request: Request, error: Exception, *, sent: bool) -> Failure:
        """Why there is no answer, in words that hold nothing of the request and nothing of the answer."""
        who, what = title(request.system), request.operation
        match error:
            case _TooLarge():
                limit = self._largest_body // (1024 * 1024)
                return Failure(
                    "truncated", f"{who}'s answer to {what} is larger than {limit} MiB", again=False
                )
            case aiohttp.ClientPayloadError():
                return Failure("truncated", f"{who}'s answer to {what} broke off")
            case ssl.SSLCertVerificationError() | aiohttp.ClientConnectorCertificateError():
                return self._untrusted(request)
            case aiohttp.ClientConnectorError() if isinstance(error.os_error, ssl.SSLCertVerificationError):
                return self._untrusted(request)
            case TimeoutError() if sent:
                return Failure("timeout", f"{who} did not answer {what} in time")
            case TimeoutError():
                return Failure("timeout", f"{who} cannot be reached: connecting took too long", sent=False)
            case _ if sent:
                return Failure("connection", f"The connection to {who} was lost during {what}")
            case _:
                return Failure("connection", f"{who} cannot be reached", sent=False)

    def _unusable(self, request: Request) -> InvalidConfiguration:
        return InvalidConfiguration(f"{setting(request.system)} holds no usable URL")

    def _untrusted(self, request: Request) -> Failure:
        return Failure(
            "connection",
            f"The certificate of {title(request.system)}'s address is not trusted: check {setting(request.system)}",
            sent=False,
            again=False,
        )

    def _session(self, system: str) -> aiohttp.ClientSession:
        """One session a system, made inside the running loop at first use."""
        if (session := self._sessions.get(system)) is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_create_end.append(_connected)
            trace.on_connection_reuseconn.append(_connected)
            session = self._sessions[system] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                trace_configs=[trace],
                middlewares=[_never_twice],
            )
        return session
