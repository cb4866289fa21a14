"""What goes out and what comes back, over real sockets."""

import asyncio
import gzip
import ssl
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dinero_operator import __version__
from dinero_operator.domain.errors import InvalidConfiguration, OutcomeUnknown, Unavailable
from dinero_operator.metrics import Metrics
from dinero_operator.transport.budget import Budget
from dinero_operator.transport.http import Request, Response, Transport


class Crash(BaseException):
    """The process dies."""


class RecordingProbe:
    def __init__(self, crash_before: int = 0, crash_after: int = 0) -> None:
        self.before_count = self.after_count = 0
        self.statuses: list[int | None] = []
        self.crash_before, self.crash_after = crash_before, crash_after

    async def before(self, _request: Any) -> None:
        self.before_count += 1
        if self.before_count == self.crash_before:
            raise Crash

    async def after(self, _request: Any, response: Any) -> None:
        self.after_count += 1
        self.statuses.append(None if response is None else response.status)
        if self.after_count == self.crash_after:
            raise Crash


async def test_a_get_with_parameters(server: Any, transport: Transport) -> None:
    server.will(server.answer(200, '{"Total": 0.10}', X_Thing="yes"))
    response = await transport.send(
        server.request(
            params={"queryFilter": "Email eq 'a+b@example.com';x", "page": "0"}, headers={"X-Mine": "1"}
        )
    )
    assert server.calls == [
        ("GET", "/v1/1/invoices?queryFilter=Email%20eq%20%27a%2Bb%40example.com%27%3Bx&page=0", b"")
    ]
    assert server.headers[0]["User-Agent"] == f"dinero-operator/{__version__}"
    assert server.headers[0]["Accept"] == "application/json"
    assert server.headers[0]["X-Mine"] == "1"
    assert response.status == 200
    assert response.headers["x-thing"] == "yes"
    assert response.json() == {"Total": Decimal("0.10")}
    assert str(response.json()["Total"]) == "0.10"


async def test_parameters_join_those_of_the_url(server: Any, transport: Transport) -> None:
    server.will(server.answer())
    await transport.send(server.request(url=f"{server.url}/x?a=1", params={"b": "2"}))
    assert server.calls[0][1] == "/x?a=1&b=2"


async def test_json_goes_out_with_exact_digits(server: Any, transport: Transport) -> None:
    server.will(server.answer())
    await transport.send(
        server.request(method="POST", json={"Amount": Decimal("12345678901.23"), "Text": "æ"})
    )
    assert server.calls[0][2] == b'{"Amount":12345678901.23,"Text":"\\u00e6"}'
    assert server.headers[0]["Content-Type"] == "application/json"


async def test_a_form_goes_out_url_encoded(server: Any, transport: Transport) -> None:
    server.will(server.answer())
    await transport.send(server.request(method="POST", form={"scope": "read write", "password": "a&b=c"}))
    assert server.calls[0][2] == b"scope=read+write&password=a%26b%3Dc"
    assert server.headers[0]["Content-Type"] == "application/x-www-form-urlencoded"


async def test_a_delete_may_have_a_body(server: Any, transport: Transport) -> None:
    server.will(server.answer())
    await transport.send(server.request(method="DELETE", json={"Timestamp": "0001"}))
    assert server.calls[0] == ("DELETE", "/v1/1/invoices", b'{"Timestamp":"0001"}')


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 403, 404, 408, 409, 413, 422])
async def test_these_answers_are_the_clients_to_read(
    server: Any, transport: Transport, metrics: Metrics, status: int
) -> None:
    server.will(server.answer(status, "" if status == 204 else "<html>"))
    assert (await transport.send(server.payment())).status == status
    assert len(server.calls) == 1
    labels = {"system": "dinero", "operation": "add_payment"}
    assert (
        metrics.registry.get_sample_value(
            "dinero_operator_http_requests_total", labels | {"code": str(status)}
        )
        == 1
    )
    assert (
        metrics.registry.get_sample_value("dinero_operator_http_request_duration_seconds_count", labels) == 1
    )


async def test_cookies_are_not_kept(server: Any, transport: Transport) -> None:
    server.will(server.answer(Set_Cookie="session=1; Path=/"))
    by_name = server.url.replace("127.0.0.1", "localhost")  # no jar keeps the cookies of a bare IP address
    await transport.send(server.request(url=by_name))
    await transport.send(server.request(url=by_name))
    assert "Cookie" not in server.headers[1]


async def test_the_connection_is_kept_and_each_system_has_its_own(server: Any, transport: Transport) -> None:
    peers = []

    async def note(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.Response()

    server.will(note)
    for system in ("dinero", "dinero", "shoporama", "shoporama"):
        await transport.send(server.request(system=system))
    assert peers[0] == peers[1] != peers[2] == peers[3]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_a_redirect_is_not_followed_and_names_the_setting(
    server: Any, transport: Transport, status: int
) -> None:
    server.will(server.answer(status, "", Location=f"{server.url}/elsewhere?token=secret"))
    with pytest.raises(Unavailable, match=r"redirect.*check spec\.shop\.url") as caught:
        await transport.send(server.request(system="shoporama", headers={"Authorization": "Bearer x"}))
    assert len(server.calls) == 1
    assert "elsewhere" not in str(caught.value)


async def test_a_write_that_is_redirected_may_have_been_carried_out(
    server: Any, transport: Transport
) -> None:
    server.will(server.answer(303, "", Location="/done"))
    with pytest.raises(OutcomeUnknown, match="DINERO_OPERATOR_DINERO_API_URL"):
        await transport.send(server.payment())


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}])
async def test_a_body_may_be_as_large_as_the_cap_and_no_larger(
    server: Any, make_transport: Any, metrics: Metrics, headers: dict[str, str]
) -> None:
    def pack(body: bytes) -> bytes:
        return gzip.compress(body) if headers else body

    async def step(request: web.Request) -> web.StreamResponse:
        size = 2**20 + (len(server.calls) > 1)
        return web.Response(body=pack(b"x" * size), headers=headers)

    transport = make_transport(largest_body=2**20)
    server.will(step)
    assert len((await transport.send(server.request())).body) == 2**20
    with pytest.raises(Unavailable, match=r"Dinero's answer to list_invoices is larger than 1 MiB"):
        await transport.send(server.request())
    assert len(server.calls) == 2  # not tried again: it would be as large


async def test_a_body_that_is_no_json_is_unavailable_when_it_is_read(
    server: Any, transport: Transport
) -> None:
    server.will(
        server.answer(200, "<html>hello</html>"),
        server.answer(200, '{"a": NaN}'),
        server.answer(200, b"\xff"),
    )
    for _ in range(3):
        response = await transport.send(server.request())
        with pytest.raises(Unavailable, match=r"^Dinero's answer to list_invoices is not JSON$"):
            response.json()
    assert response.text() == "\N{REPLACEMENT CHARACTER}"


async def test_a_header_with_a_line_break_is_the_owners_to_mend(server: Any, transport: Transport) -> None:
    with pytest.raises(InvalidConfiguration, match="Authorization header for Dinero") as caught:
        await transport.send(server.request(headers={"Authorization": "Bearer secret\nX-Evil: 1"}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https:///nothing", "https://localhost:port/", "nothing", "https://" + "a" * 70]
)
async def test_an_address_that_is_none_is_the_owners_to_mend(
    server: Any, transport: Transport, url: str
) -> None:
    with pytest.raises(InvalidConfiguration, match=r"spec\.shop\.url holds no usable URL"):
        await transport.send(server.request(system="shoporama", url=url))


def test_neither_request_nor_response_shows_its_content() -> None:
    hush = {"a": "hush"}
    request = Request("dinero", "x", "POST", "https://example.com/hush", hush, hush, hush, hush)
    assert "hush" not in repr(request)
    assert "hush" not in repr(Response(200, hush, b"hush", "dinero", "x"))


async def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(
    server: Any, transport: Transport, metrics: Metrics, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = tmp_path / "pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    secure = TestServer(web.Application(), scheme="https", host="localhost")
    await secure.start_server(ssl=context)
    try:
        with pytest.raises(
            Unavailable, match="certificate of Dinero's address is not trusted: check DINERO_OPERATOR_"
        ):
            await transport.send(server.payment(url=str(secure.make_url("/"))))
    finally:
        await secure.close()
    labels = {"system": "dinero", "operation": "add_payment", "code": "error"}
    assert metrics.registry.get_sample_value("dinero_operator_http_requests_total", labels) == 1


async def test_the_probe_is_asked_around_every_real_sending(server: Any, make_transport: Any) -> None:
    probe = RecordingProbe()
    transport = make_transport(probe=probe)
    server.will(server.answer(503), server.hang_up, server.answer(200))
    await transport.send(server.request())
    assert probe.before_count == 3
    assert probe.statuses == [503, None, 200]


@pytest.mark.parametrize(("options", "arrived"), [({"crash_before": 1}, 0), ({"crash_after": 1}, 1)])
async def test_a_crash_of_the_probe_passes_untouched_and_leaves_no_lease(
    server: Any, make_transport: Any, clock: Any, options: dict[str, int], arrived: int
) -> None:
    transport = make_transport(probe=RecordingProbe(**options))
    budget = Budget(per_minute=1, clock=clock)
    server.will(server.answer())
    with pytest.raises(Crash):
        await transport.send(server.payment(), budget=budget)
    assert len(server.calls) == arrived
    clock.advance(61)
    assert budget.free == 1


async def test_a_cancelled_call_gives_back_its_lease(server: Any, make_transport: Any, clock: Any) -> None:
    arrived = asyncio.Event()

    async def never(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        return await asyncio.Future()

    transport = make_transport()
    budget = Budget(per_minute=1, clock=clock)
    server.will(never)
    task = asyncio.create_task(transport.send(server.request(), budget=budget))
    await arrived.wait()
    assert budget.free == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    clock.advance(61)
    assert budget.free == 1
