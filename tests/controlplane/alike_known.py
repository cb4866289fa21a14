"""The one list of what the embedded server says otherwise than the real one, and why it is left so."""

from __future__ import annotations

import re
from typing import Any

from controlplane.alike import MERGE, STRATEGIC, TABLE, Known, Side
from sandbox.kubernetes_samples import kiosk

_QUOTED = re.compile(r'(patch: )?Invalid value: "\{.*\}": |(?<=missing in )\'\{.*\}\'')


def _everywhere(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return change({name: _everywhere(inner, change) for name, inner in value.items()})
    if isinstance(value, list):
        return [_everywhere(inner, change) for inner in value]
    return change(value)


def _no_descriptions(_: str, answer: Any) -> Any:
    def change(value: Any) -> Any:
        is_column = isinstance(value, dict) and value.keys() == {
            "name",
            "type",
            "format",
            "description",
            "priority",
        }
        if not is_column or value["description"].startswith("Custom resource definition column"):
            return value
        return {**value, "description": ""}

    return _everywhere(answer, change)


def _no_quotation(asked: str, answer: Any) -> Any:
    if not asked.startswith("PATCH"):
        return answer
    return _everywhere(answer, lambda value: _QUOTED.sub("…", value) if isinstance(value, str) else value)


def _only_asked(pattern: str) -> Any:
    return lambda asked, answer: [] if re.search(pattern, asked) else answer


def _only_status(pattern: str) -> Any:
    return lambda asked, answer: answer[:1] if re.search(pattern, asked) else answer


def _without_owners(pattern: str) -> Any:
    def change(value: Any) -> Any:
        is_object = isinstance(value, dict)
        return {k: v for k, v in value.items() if k != "managedFields"} if is_object else value

    return lambda asked, answer: _everywhere(answer, change) if re.search(pattern, asked) else answer


def _without_warnings(pattern: str) -> Any:
    return lambda asked, answer: [answer[0], [], answer[2]] if re.search(pattern, asked) else answer


async def _columns(api: Side) -> None:
    await api.get(api.core("secrets"), accept=TABLE)


async def _refused_patch(api: Side) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    await api.post(api.core("secrets"), secret)
    await api.patch(api.core("secrets", "s"), {"data": {"a": 1}}, MERGE)


async def _rules(api: Side) -> None:
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
    body["spec"] = {"namespace": api.namespace}  # type: ignore[assignment]  # JSON
    await api.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", body)


async def _who_am_i(api: Side) -> None:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    await api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", body)


async def _yaml(api: Side) -> None:
    await api.get(api.core("secrets"), accept="application/yaml")


async def _unserved_version(api: Side) -> None:
    body = {"apiVersion": "example.com/v2", "kind": "Kiosk", "metadata": {"name": "x"}, "spec": {}}
    await api.post(api.kiosks(), body)


async def _old_watch(api: Side) -> None:
    await api.get(f"/api/v1/watch/namespaces/{api.namespace}/secrets", timeoutSeconds="1")


async def _openapi_v2(api: Side) -> None:
    await api.get("/openapi/v2", note=lambda _: 0)


async def _past(api: Side) -> None:
    await api.get(api.core("secrets"), resourceVersion="1", resourceVersionMatch="Exact")


async def _strategic(api: Side) -> None:
    await api.post(
        api.core("configmaps"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    )
    await api.patch(api.core("configmaps", "c"), {"data": {"z": 1}}, STRATEGIC)


async def _untyped(api: Side) -> None:
    await api.post(api.kiosks(), kiosk("odd", api.namespace, opens=[]))


async def _pods(api: Side) -> None:
    await api.get(api.core("pods"), note=lambda _: 0)


async def _future(api: Side) -> None:
    await api.watch(api.core("configmaps"), 0, resourceVersion="999999999", timeoutSeconds="1")


async def _version(api: Side) -> None:
    await api.get("/version")


async def _gone_namespace(api: Side) -> None:
    await api.delete(f"/api/v1/namespaces/{api.namespace}")


KNOWN = (
    Known(
        "descriptions of columns",
        "They are Kubernetes' documentation of its own fields; kubectl prints none of them.",
        _no_descriptions,
        _columns,
    ),
    Known(
        "the whole object in the refusal of a patch",
        "Go quotes its own text of it, with the names in the order of its structs.",
        _no_quotation,
        _refused_patch,
    ),
    Known(
        "why a strategic merge patch does not fit",
        "Go converts it straight into its structs, and tells of that; the embedded server looks at the result.",
        lambda asked, answer: answer[:1] if "strategic-merge" in asked and answer[0] == 422 else answer,
        _strategic,
    ),
    Known(
        "the owners of an object with a list where a date belongs",
        "The real server lets it pass by an oversight, and then cannot say who owns what.",
        _without_owners('"opens": \\[\\]'),
        _untyped,
    ),
    Known(
        "the rules of a SelfSubjectRulesReview",
        "The real server lists its RBAC roles. The embedded one has none: whoever has its token may do everything.",
        _only_status(r"selfsubjectrulesreviews"),
        _rules,
    ),
    Known(
        "the user of a SelfSubjectReview",
        "The user is another one, with a certificate there and a token here.",
        _only_status(r"selfsubjectreviews"),
        _who_am_i,
    ),
    Known(
        "answers in YAML and protobuf",
        "Every client takes JSON; the embedded server gives nothing else.",
        _only_asked("^GET .* application/yaml "),
        _yaml,
    ),
    Known(
        "a warning about the fields of a version that is not served",
        "The refusal is the same. The real server compares with an empty schema first, which tells nobody anything.",
        _without_warnings(r"example\.com/v2"),
        _unserved_version,
    ),
    Known(
        "watches at paths that begin with watch/",
        "Kubernetes has called them deprecated since 1.11, and no client of ours asks there.",
        _only_asked(r"^GET /apis?/(.*/)?v1/watch/"),
        _old_watch,
    ),
    Known(
        "a watch from a version that is yet to come",
        "The real server waits for it. The embedded one forgets all when its process ends, so it knows such a client to "
        "come from before, and tells it to start over.",
        _only_asked(r"^WATCH .*/configmaps .*timeoutSeconds"),
        _future,
    ),
    Known(
        "/openapi/v2",
        "Swagger 2.0 is another language, which all schemas would have to be translated into; kubectl reads v3 since "
        "1.27.",
        _only_asked(r"^GET /openapi/v2"),
        _openapi_v2,
    ),
    Known(
        "a list of an exact past version",
        "The embedded server keeps no past states, and says so as a real one does once they are compacted.",
        _only_asked(r"^GET \S+/secrets .*Exact"),
        _past,
    ),
    Known(
        "Pods, Services, roles and all other kinds",
        "The embedded server has the kinds that the operator and its users need, and any that a definition brings.",
        _only_asked(r"^GET \S+/pods "),
        _pods,
    ),
    Known(
        "the version's commit, date and platform",
        "They are those of a build of kube-apiserver, and it is none: its name says so.",
        _only_status(r"/version "),
        _version,
    ),
    Known(
        "the end of a namespace",
        "Controllers finish it, and none runs beside the real server of the tests. The embedded one does it itself.",
        _only_status(r"^DELETE /api/v1/namespaces/[^/ ]+ "),
        _gone_namespace,
    ),
)
