"""The small Kubernetes client against a server that follows a script: refusals, lost answers, logins, pages."""

import asyncio
import base64
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from api_server import ScriptedApi, Step, answer, break_off, hang_up, refusal, scripted

from dinero_operator.kube.api import TRIES, KubernetesApi, KubernetesError
from dinero_operator.kube.connection import StartError

SECRET = "/api/v1/namespaces/team/secrets/dinero"
STATUS = "/apis/shoporama.dk/v1alpha1/namespaces/team/dinerointegrations/shop/status"
LIST = "/apis/shoporama.dk/v1alpha1/dinerointegrations"
HUSH = "hush-hush-hush"


@pytest.fixture
async def site() -> AsyncIterator[tuple[ScriptedApi, KubernetesApi]]:
    async with scripted() as site:
        yield site


@pytest.fixture
def script(site: tuple[ScriptedApi, KubernetesApi]) -> ScriptedApi:
    return site[0]


@pytest.fixture
def api(site: tuple[ScriptedApi, KubernetesApi]) -> KubernetesApi:
    return site[1]


def encoded(**values: str) -> dict[str, Any]:
    return {"data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}}


async def test_a_secret_is_read_as_it_is(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(answer(200, encoded(token="tøken")))
    assert await api.read_secret("team", "dinero") == encoded(token="tøken")
    (call,) = script.calls
    assert (call.method, call.path, call.token, call.body) == ("GET", SECRET, "first-token", None)


async def test_a_secret_is_created_and_replaced(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(answer(201, {"kind": "Secret"}), answer(200, {"kind": "Secret"}), refusal(409))
    secret = {"metadata": {"name": "dinero", "resourceVersion": "7"}} | encoded(token="x")
    assert await api.create_secret("team", secret) == {"kind": "Secret"}
    assert await api.update_secret("team", secret) == {"kind": "Secret"}
    with pytest.raises(KubernetesError) as caught:
        await api.update_secret("team", secret)
    assert caught.value.status == 409
    assert [(call.method, call.path) for call in script.calls] == [
        ("POST", SECRET.removesuffix("/dinero")),
        ("PUT", SECRET),
        ("PUT", SECRET),
    ]
    assert [call.body for call in script.calls] == [secret] * 3


async def test_what_is_not_there_is_nothing(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(refusal(404))
    assert await api.read_secret("team", "dinero") is None
    assert await api.patch_status("team", "shop", {}) is None
    assert len(script.calls) == 2
    assert script.pauses == []


async def test_one_resource_is_read(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(answer(200, {"kind": "DineroIntegration"}), refusal(404))
    assert await api.resource("team", "shop") == {"kind": "DineroIntegration"}
    assert await api.resource("team", "shop") is None
    assert script.calls[0].path == STATUS.removesuffix("/status")


async def test_a_status_is_merged(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(answer(200, {"status": {"watermark": "w"}}))
    assert await api.patch_status("team", "shop", {"watermark": "w", "choices": None}) == {
        "status": {"watermark": "w"}
    }
    (call,) = script.calls
    assert (call.method, call.path, call.content_type) == ("PATCH", STATUS, "application/merge-patch+json")
    assert call.body == {"status": {"watermark": "w", "choices": None}}


async def test_an_event_is_posted(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(answer(201, {}))
    await api.create_event("team", {"reason": "Succeeded"})
    (call,) = script.calls
    assert (call.method, call.path) == ("POST", "/api/v1/namespaces/team/events")
    assert (call.content_type, call.body) == ("application/json", {"reason": "Succeeded"})


Act = Callable[[KubernetesApi], Awaitable[Any]]
ACTS: list[Act] = [
    lambda api: api.read_secret("team", "dinero"),
    lambda api: api.resource("team", "shop"),
    lambda api: api.patch_status("team", "shop", {"watermark": "w"}),
    lambda api: api.create_event("team", {"reason": "Succeeded"}),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "trouble",
    [
        refusal(429),
        refusal(500),
        refusal(503),
        answer(504, "<html>"),
        break_off,
        answer(200, "<html>"),
    ],
)
async def test_trouble_that_passes_is_waited_for(
    script: ScriptedApi, api: KubernetesApi, act: Act, trouble: Step
) -> None:
    script.will(trouble, trouble, answer(200, {}))
    await act(api)
    assert len(script.calls) == 3
    assert script.pauses == [0.5, 1.0]
    retries = script.metrics.registry.get_sample_value
    causes = [
        retries(
            "dinero_operator_retries_total",
            {"system": "kubernetes", "operation": operation, "cause": cause},
        )
        for operation in ("get_secret", "get_resource", "patch_status", "create_event")
        for cause in ("429", "5xx", "connection")
    ]
    assert [count for count in causes if count is not None] == [2.0]


async def test_a_write_without_an_answer_is_repeated(script: ScriptedApi, api: KubernetesApi) -> None:
    """Merging the same twice changes nothing."""
    script.will(hang_up, answer(200, {"status": {}}))
    assert await api.patch_status("team", "shop", {"watermark": "w"}) == {"status": {}}
    assert [call.body for call in script.calls] == [{"status": {"watermark": "w"}}] * 2


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("trouble", "status"), [(refusal(429), 429), (refusal(503), 503), (break_off, 0)])
async def test_trouble_that_stays_is_an_error(
    script: ScriptedApi, api: KubernetesApi, act: Act, trouble: Step, status: int
) -> None:
    script.will(trouble)
    with pytest.raises(KubernetesError) as caught:
        await act(api)
    assert caught.value.status == status
    assert len(script.calls) == TRIES
    assert script.pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("status", [400, 403, 405, 409, 410, 422])
async def test_a_refusal_is_not_repeated(
    script: ScriptedApi, api: KubernetesApi, act: Act, status: int
) -> None:
    script.will(refusal(status))
    with pytest.raises(KubernetesError) as caught:
        await act(api)
    assert caught.value.status == status
    assert len(script.calls) == 1


async def test_a_missing_right_is_named(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(refusal(403))
    with pytest.raises(KubernetesError, match=r"may not patch status: grant it \(examples/rbac.yaml\)"):
        await api.patch_status("team", "shop", {})


async def test_a_changed_token_is_read_when_the_old_one_is_refused(
    script: ScriptedApi, api: KubernetesApi
) -> None:
    script.will(answer(200, {}), refusal(401), answer(200, encoded(token="x")))
    await api.create_event("team", {})
    script.token = "second-token"
    assert await api.read_secret("team", "dinero") == encoded(token="x")
    assert [call.token for call in script.calls] == ["first-token", "first-token", "second-token"]
    assert script.pauses == []


async def test_a_token_may_be_refused_in_the_middle_of_other_trouble(
    script: ScriptedApi, api: KubernetesApi
) -> None:
    script.will(refusal(503), refusal(401), answer(200, encoded(token="x")))
    assert await api.read_secret("team", "dinero") == encoded(token="x")
    assert script.logins == 2


async def test_a_token_that_is_refused_again_is_an_error(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(refusal(401))
    with pytest.raises(KubernetesError) as caught:
        await api.read_secret("team", "dinero")
    assert caught.value.status == 401
    assert len(script.calls) == 2
    with pytest.raises(KubernetesError):
        await api.read_secret("team", "dinero")
    assert script.logins >= 3, "each call tries to log in anew"


async def test_many_refused_at_once_all_come_through(script: ScriptedApi, api: KubernetesApi) -> None:
    """A token that expires under full load: whoever logs in first must not pull the rug from under the others."""
    everybody = asyncio.Event()
    waiting = 0

    async def by_token(request: Any) -> Any:
        nonlocal waiting
        if request.headers["Authorization"] == "Bearer second-token":
            return await answer(200, encoded(token="x"))(request)
        waiting += 1
        if waiting == 30:
            everybody.set()
        await everybody.wait()
        return await refusal(401)(request)

    script.will(by_token)
    first = asyncio.gather(*(api.read_secret("team", "dinero") for _ in range(30)))
    await everybody.wait()
    script.token = "second-token"
    assert await first == [encoded(token="x")] * 30
    assert script.logins == 2


@pytest.mark.parametrize("problem", [StartError("KUBECONFIG: names no file"), OSError(2, "no such file")])
async def test_a_login_that_fails_for_a_moment_is_tried_again(
    script: ScriptedApi, api: KubernetesApi, problem: Exception
) -> None:
    script.will(answer(200, encoded(token="x")))
    script.refuses_login = problem
    with pytest.raises(KubernetesError) as caught:
        await api.read_secret("team", "dinero")
    assert caught.value.status == 0
    assert script.logins == TRIES
    script.refuses_login = None
    assert await api.read_secret("team", "dinero") == encoded(token="x")


async def test_it_can_be_used_again_after_closing(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(answer(200, encoded(token="x")))
    await api.aclose()
    await api.read_secret("team", "dinero")
    await api.aclose()
    await api.aclose()
    await api.read_secret("team", "dinero")
    assert script.logins == 2


async def test_a_list_is_read_page_by_page(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(
        answer(200, {"items": [{"n": 1}, {"n": 2}], "metadata": {"continue": "a+b/c=&limit=1"}}),
        refusal(503),
        answer(200, {"items": None, "metadata": {"continue": "last"}}),
        answer(200, {"items": [{"n": 3}], "metadata": {"continue": ""}}),
    )
    assert [item["n"] async for item in api.resources(None)] == [1, 2, 3]
    asked = [urlsplit(call.path) for call in script.calls]
    assert {url.path for url in asked} == {LIST}
    assert [parse_qs(url.query) for url in asked] == [
        {"limit": ["500"]},
        {"limit": ["500"], "continue": ["a+b/c=&limit=1"]},
        {"limit": ["500"], "continue": ["a+b/c=&limit=1"]},
        {"limit": ["500"], "continue": ["last"]},
    ]


async def test_a_list_of_one_namespace(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(answer(200, {"metadata": {}}))
    assert [item async for item in api.resources("team")] == []
    assert script.calls[0].path == "/apis/shoporama.dk/v1alpha1/namespaces/team/dinerointegrations?limit=500"


async def test_a_list_that_expires_between_its_pages_is_an_error(
    script: ScriptedApi, api: KubernetesApi
) -> None:
    script.will(answer(200, {"items": [{}], "metadata": {"continue": "a"}}), refusal(410))
    with pytest.raises(KubernetesError) as caught:
        _ = [item async for item in api.resources(None)]
    assert caught.value.status == 410


async def test_calls_are_measured(script: ScriptedApi, api: KubernetesApi) -> None:
    script.will(break_off, refusal(503), answer(200, {}), refusal(404))
    await api.read_secret("team", "dinero")
    await api.read_secret("team", "dinero")
    assert script.requests("get_secret") == {"error": 1, "503": 1, "200": 1, "404": 1}


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(403, HUSH),
        refusal(422, HUSH),
        refusal(500, HUSH),
        answer(200, HUSH),
        answer(502, HUSH),
        hang_up,
    ],
)
async def test_an_error_tells_no_secret(
    script: ScriptedApi, api: KubernetesApi, trouble: Step, caplog: pytest.LogCaptureFixture
) -> None:
    script.token = HUSH
    script.will(trouble)
    with pytest.raises(KubernetesError) as caught:
        await api.patch_status("team", "shop", {"watermark": HUSH})
    assert HUSH not in "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "\n" not in str(caught.value)
