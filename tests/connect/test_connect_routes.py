"""Every address, and what somebody gets who has no link: nothing but pages that say so, with all headers."""

import re

import aiohttp
import pytest
from aiohttp import web
from connect_world import World
from visitor import Visitor

LINK = "/connect/begin/{token}"
PAGES = ["connect", "organisation", "trigger", "account", "review"]
ANONYMOUS = {
    ("GET", "/metrics"): 200,
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    ("GET", LINK): 404,
    ("POST", LINK): 403,
    **{("GET", f"/connect/{page}"): 403 for page in [*PAGES, "done"]},
    **{("POST", f"/connect/{page}"): 403 for page in PAGES},
    ("GET", "/connect/callback"): 400,
    ("POST", "/connect/callback"): 400,
    ("GET", "/connect/static/{file}"): 404,
    ("GET", "/webhooks/shoporama/{namespace}/{name}/{secret}"): 404,
    ("POST", "/webhooks/shoporama/{namespace}/{name}/{secret}"): 404,
}
FORM = "application/x-www-form-urlencoded"


def routes(app: web.Application) -> set[tuple[str, str]]:
    found = set()
    for route in app.router.routes():
        resource = route.resource
        assert resource is not None
        found.add((route.method, resource.canonical))
    return found


async def call(
    world: World, method: str, path: str, *, data: object = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    kinds = {"Content-Type": FORM} if method == "POST" else {}
    async with world.session.request(
        method, world.public_url + path, headers=kinds | headers, data=data, allow_redirects=False
    ) as answer:
        return answer.status, dict(answer.headers), await answer.text()


async def test_all_routes_are_listed_here(world: World) -> None:
    runner = world.operator.server._runner
    assert runner is not None
    served = {(method, path) for method, path in routes(runner.app) if method != "HEAD"}
    assert served == set(ANONYMOUS)


@pytest.mark.parametrize(("method", "path"), ANONYMOUS, ids=lambda part: part)
async def test_what_an_anonymous_caller_gets(world: World, method: str, path: str) -> None:
    await world.offer()
    reads = _reads(world)
    address = re.sub(r"\{\w+\}", "x", path)
    status, headers, text = await call(world, method, address)
    assert status == ANONYMOUS[method, path]
    for word in ("teestuen", "webshops", "planted", "Teestuen ApS", "501001"):
        assert word not in text or address == "/metrics"
    assert "Set-Cookie" not in headers
    assert _reads(world) == reads, "it costs the API server nothing"


@pytest.mark.parametrize(
    "path",
    [path for _, path in ANONYMOUS if path.startswith(("/connect", "/webhooks"))] + ["/connect/nowhere"],
)
async def test_every_answer_has_the_headers(world: World, path: str) -> None:
    for method in ("GET", "POST", "PUT", "HEAD", "OPTIONS"):
        _, headers, _ = await call(world, method, re.sub(r"\{\w+\}", "x", path))
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "Access-Control-Allow-Origin" not in headers


async def test_the_policy_of_a_page_leads_to_us_and_to_visma_only(world: World) -> None:
    visitor = world.visitor()
    seen = await world.begin(visitor)
    origin = world.connect.authorize_url.removesuffix("/connect/authorize")
    assert seen.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {origin}"
    )
    assert "<script" not in seen.text
    assert "style=" not in seen.text


async def test_unknown_paths_and_wrong_methods_have_pages(world: World) -> None:
    for path in (
        "/connect",
        "/connect/",
        "/connect/nowhere",
        "/connect/static/../pages.py",
        "/connect/static/pages.py",
    ):
        status, headers, text = await call(world, "GET", path)
        assert (status, "<h1>" in text) == (404, True), path
    status, headers, text = await call(world, "PUT", "/connect/trigger")
    assert (status, "<h1>" in text) == (405, True)
    assert set(headers["Allow"].split(",")) >= {"GET", "POST"}
    assert (await call(world, "HEAD", "/connect/callback"))[0] == 405
    assert (await call(world, "GET", "/nowhere"))[0] == 404


async def test_without_the_settings_there_are_no_pages(world: World) -> None:
    await world.restart_operator(CONNECT_CLIENT_ID="", CONNECT_CLIENT_SECRET="")
    for path in ("/connect/connect", "/connect/callback", "/connect/begin/x"):
        assert (await call(world, "GET", path))[0] == 404
    assert (await call(world, "GET", "/webhooks/shoporama/a/b/c"))[0] == 404
    assert (await call(world, "GET", "/metrics"))[0] == 200


async def test_the_style_is_served_and_may_be_kept(world: World) -> None:
    visitor = world.visitor()
    seen = await world.begin(visitor)
    (style,) = [link for link in seen.links if link.endswith(".css")]
    status, headers, _ = await call(world, "GET", style)
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "text/css")
    assert "max-age" in headers["Cache-Control"]


async def test_a_form_without_its_token_changes_nothing(world: World) -> None:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    for fields in ({}, {"csrf": "x"}, {"csrf": ""}):
        answer = await visitor.post(
            f"{world.public_url}/connect/organisation",
            {"organisation": "501001"} | fields,
            initiator=seen.url,
        )
        assert answer.status == 403
    other = world.visitor()
    world.add_resource("kaffestuen")
    foreign = (await world.begin(other, "kaffestuen")).form.fields["csrf"]
    answer = await visitor.submit(seen, csrf=foreign, organisation="501001")
    assert answer.status == 403
    assert (await visitor.submit(seen, organisation="501001")).path == "/connect/trigger"


async def test_a_form_of_another_site_changes_nothing(world: World) -> None:
    """Even with the token, which a page of another site cannot have."""
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    token = seen.form.fields["csrf"]
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies["127.0.0.1"].items())
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example.com"},
    ):
        status, _, _ = await call(
            world,
            "POST",
            "/connect/organisation",
            data=f"csrf={token}&organisation=501001",
            Cookie=cookie,
            **headers,
        )
        assert status == 403
    status, _, _ = await call(
        world, "POST", "/connect/organisation", data=f"csrf={token}&organisation=501001", Cookie=cookie
    )
    assert status == 303


async def test_a_link_cannot_be_pressed_from_another_site(world: World) -> None:
    """Else somebody could put a visitor into a session for a shop of their own."""
    link = await world.offer()
    stranger, victim = world.visitor(), world.visitor()
    token = (await stranger.open(link)).form.fields["csrf"]
    answer = await victim.post(link, {"csrf": token}, initiator="https://evil.example.com/")
    assert answer.status == 403
    answer = await victim.post(link, {"csrf": token}, initiator=link)
    assert answer.status == 403, "the token belongs to another browser"
    assert world.link() == link


async def test_cookies_are_kept_from_scripts_and_other_sites(world: World) -> None:
    link = await world.offer()
    visitor = world.visitor()
    seen = await visitor.submit(await visitor.open(link))
    assert seen.status == 200
    lines = re.findall(r"'Set-Cookie': '([^']*)'", "\n".join(visitor.received))
    assert {line.partition("=")[0] for line in lines} == {"dinero-begin", "dinero-setup"}
    for line in lines:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))


async def test_over_https_cookies_are_bound_to_the_host(world: World) -> None:
    await world.operator.stop()
    world._operators.clear()
    world.public_url = "https://dinero.example.com"
    world.operator = await world.start_operator()
    link = await world.offer()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        path = link.removeprefix(world.public_url)
        async with session.get(f"http://127.0.0.1:{world.port}{path}") as answer:
            (line,) = answer.headers.getall("Set-Cookie")
    assert line.startswith("__Host-dinero-begin=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
    assert "Domain" not in line


async def test_large_and_odd_bodies_are_refused(world: World) -> None:
    visitor = world.visitor()
    seen = await world.begin(visitor)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies["127.0.0.1"].items())
    address = "/connect/connect"
    status, headers, text = await call(world, "POST", address, data=b"csrf=" + b"x" * 70_000, Cookie=cookie)
    assert (status, "<h1>" in text, headers["X-Frame-Options"]) == (413, True, "DENY")
    status, _, _ = await call(
        world, "POST", address, data=b"{}", Cookie=cookie, **{"Content-Type": "application/json"}
    )
    assert status == 400
    status, _, _ = await call(
        world,
        "POST",
        address,
        data=b"csrf=%ff",
        Cookie=cookie,
        **{"Content-Type": f"{FORM}; charset=nonsense"},
    )
    assert status in (400, 403)
    assert (await visitor.submit(seen)).status == 200


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("unicode_escape", b"csrf=\\ud800"),
        ("utf-7", b"csrf=+2AA-"),
        ("punycode", b"csrf=x-"),
        ("idna", b"csrf=x"),
        ("latin-1", b"csrf=\xe6"),
    ],
)
async def test_a_sender_does_not_choose_how_bytes_are_read(world: World, charset: str, body: bytes) -> None:
    """Python knows encodings that make text of which nothing can be computed, or take long over a few kilobytes."""
    kind = {"Content-Type": f"{FORM}; charset={charset}", "Cookie": "dinero-begin=x"}
    for path in ("/connect/begin/x", "/connect/callback"):
        status, _, text = await call(world, "POST", path, data=body, **kind)
        assert (status, "<h1>" in text) == (400, True), path
    kind["Content-Type"] = f"{FORM}; charset=UTF-8"
    assert (await call(world, "POST", "/connect/begin/x", data=b"csrf=x", **kind))[0] == 403


async def test_one_busy_visitor_is_slowed_down_and_the_others_are_not(world: World) -> None:
    world.add_resource("kaffestuen")
    busy, other = world.visitor(), world.visitor()
    await world.begin(busy)
    await world.begin(other, "kaffestuen")
    trigger = f"{world.public_url}/connect/trigger"
    for _ in range(200):
        seen = await busy.open(trigger)
        if seen.status == 429:
            break
    assert seen.status == 429
    assert 1 <= int(seen.headers["Retry-After"]) <= 60
    assert (await other.open(trigger)).status == 200
    world.clock.advance(int(seen.headers["Retry-After"]))
    assert (await busy.open(trigger)).status == 200


async def test_everybody_together_is_slowed_down(world: World) -> None:
    statuses = [(await call(world, "GET", "/connect/begin/x"))[0] for _ in range(310)]
    assert (statuses[0], statuses[-1]) == (404, 429)
    assert (await call(world, "GET", "/healthz"))[0] == 200
    world.clock.advance(60)
    assert (await call(world, "GET", "/connect/begin/x"))[0] == 404


async def test_the_shop_is_not_asked_without_end(world: World) -> None:
    visitor = await ready_to_save(world)
    for _ in range(10):
        seen = await visitor.open(f"{world.public_url}/connect/review")
    assert seen.status == 429
    orders = [call for call in world.shoporama.calls if call.route == "orders"]
    assert len(orders) <= 20


async def ready_to_save(world: World) -> Visitor:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    seen = await visitor.submit(seen, organisation="501001")
    seen = await visitor.submit(seen, trigger="Sent")
    await visitor.submit(seen, account="55100")
    return visitor


async def test_the_kubernetes_api_does_not_answer(world: World) -> None:
    visitor = world.visitor()
    await world.begin(visitor)
    await world.api.stop()
    seen = await visitor.open(f"{world.public_url}/connect/trigger")
    assert (seen.status, seen.heading != "") == (503, True)


async def test_a_fault_of_ours_is_a_page_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = world.visitor()
    await world.begin(visitor)

    async def break_down(_place: object) -> None:
        raise RuntimeError("planted-in-an-exception")

    monkeypatch.setattr(world.operator.cluster, "read", break_down)
    seen = await visitor.open(f"{world.public_url}/connect/trigger")
    assert (seen.status, "planted" in seen.text, seen.heading != "") == (500, False, True)
    assert seen.headers["X-Frame-Options"] == "DENY"


def _reads(world: World) -> int:
    return len(world.api.calls)
