"""Least privilege on the real server: the operator lives by the chart's rights, and needs every one of them."""

from __future__ import annotations

import copy
import operator
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from eventually import eventually
from rendering import NAMESPACE, Chart, Json
from suite_outside import Outside

from controlplane.audit import AuditLog
from controlplane.real_kubectl import RealKubectl
from controlplane.real_server import RealServer, Way
from controlplane.rights import EVERYWHERE, Right, missing, needless, used
from controlplane.trial import Case, Stage, Trial, trial
from controlplane.trial_cases import CASES
from dinero_operator.sandbox.cluster import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")
LEASES = "coordination.k8s.io"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(way: Way, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A server of our own, since its audit log is switched on at its start."""
    if not way.command:
        pytest.skip("the audit log of a server that is not ours cannot be switched on")
    assert way.kubectl is not None
    folder = tmp_path_factory.mktemp("audited")
    audit, server, outside = AuditLog(folder), RealServer(way), Outside()
    server.start(*audit.flags)
    await outside.start()
    try:
        async with Cluster.from_kubeconfig(server.kubeconfig) as cluster:
            kubectl = RealKubectl(way.kubectl, server.kubeconfig, folder)
            yield Stage(kubectl, cluster, outside, audit, folder)
    finally:
        await outside.stop()
        server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=CASES)
async def tried(stage: Stage, chart: Chart, request: pytest.FixtureRequest) -> AsyncIterator[Trial]:
    """Each case, worked through to its end."""
    async with trial(stage, chart, CASES[request.param], f"try-{request.param}") as tried:
        yield tried


async def test_no_request_is_refused(tried: Trial) -> None:
    assert tried.requests
    assert not tried.refused


async def test_only_the_release_allows_requests(tried: Trial) -> None:
    """The server says itself by which binding it has allowed each."""
    for entry in tried.requests:
        reason = entry["annotations"]["authorization.k8s.io/reason"]
        if used(entry) is None:
            assert 'of ClusterRole "system:discovery" to Group "system:authenticated"' in reason, entry
        else:
            assert f'to ServiceAccount "{tried.account}/{NAMESPACE}"' in reason, entry


async def test_every_right_is_used_and_every_use_has_a_right(tried: Trial) -> None:
    assert needless(tried.rights, tried.uses) == set()
    assert missing(tried.rights, tried.uses) == set()


async def test_a_right_too_many_is_found(tried: Trial) -> None:
    some = next(iter(tried.rights))
    for added in (
        some._replace(verb="deletecollection"),
        some._replace(verb="*"),
        some._replace(namespace="kube-system"),
        some._replace(resource="pods"),
        some._replace(name="somebody-else's"),
    ):
        assert needless({*tried.rights, added}, tried.uses) == {added}


async def test_without_any_one_right_a_request_is_refused(tried: Trial) -> None:
    """The server's own word: each right is taken away in turn, and requests that were made are no longer allowed."""
    for right in tried.rights:
        lost = missing(tried.rights - {right}, tried.uses)
        assert lost, right
        with without(tried, right):
            await eventually(partial(allowed, tried, lost), lambda found: not found, told=f"no {right}")
        await eventually(partial(allowed, tried, lost), partial(operator.eq, lost), told=f"again {right}")


async def test_rights_end_where_they_should(tried: Trial) -> None:
    for right in tried.rights:
        is_everywhere = right.namespace == EVERYWHERE
        assert is_everywhere == ("namespaces" not in tried.case.values and right.group != LEASES)
        elsewhere = {right._replace(namespace=place) for place in ("kube-system", "")}
        assert await allowed(tried, elsewhere) == (elsewhere if is_everywhere else set())


async def allowed(tried: Trial, uses: Iterable[Right]) -> set[Right]:
    """What of this the service account may do, by the server's own answers."""
    groups = ["system:authenticated", "system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}"]
    kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
    found = set()
    for use in uses:
        resource, _, subresource = use.resource.partition("/")
        asked = use._asdict() | {"resource": resource, "subresource": subresource}
        review = {**kind, "spec": {"user": tried.user, "groups": groups, "resourceAttributes": asked}}
        answer = await tried.stage.cluster.create(REVIEWS, review)
        if answer["status"]["allowed"]:
            found.add(use)
    return found


@contextmanager
def without(tried: Trial, right: Right) -> Iterator[None]:
    """The release's roles on the server, for a while without a right."""
    roles = tried.rendered.all("ClusterRole") + tried.rendered.all("Role")
    changed = copy.deepcopy(roles)
    for role in changed:
        if right.namespace != role["metadata"].get("namespace", EVERYWHERE):
            continue
        for rule in role["rules"]:
            is_meant = right.group in rule["apiGroups"] and right.resource in rule["resources"]
            if is_meant and right.name in rule.get("resourceNames", [""]):
                rule["verbs"] = [verb for verb in rule["verbs"] if verb != right.verb]
        role["rules"] = [rule for rule in role["rules"] if rule["verbs"]]
    assert changed != roles
    replace(tried, changed)
    yield
    replace(tried, roles)


def replace(tried: Trial, roles: list[Json]) -> None:
    tried.stage.kubectl("replace", "--filename=-", stdin={"apiVersion": "v1", "kind": "List", "items": roles})


async def test_a_chart_with_other_rights_does_not_pass(stage: Stage, chart: Chart, tmp_path: Path) -> None:
    """The whole trial with a changed chart: a right that is taken away, and one that is not needed."""
    other = chart.copy(tmp_path / "chart")
    rules = other.folder / "templates" / "rbac.yaml"
    text = rules.read_text(encoding="utf-8")
    changed = text.replace("resources: [secrets]\n    verbs: [get", "resources: [secrets]\n    verbs: [list")
    assert changed != text
    rules.write_text(changed, encoding="utf-8")

    async def work(tried: Trial) -> None:
        process = await tried.start()
        (place,) = tried.places.values()
        resource = await place.integrate()

        async def told() -> str:
            return (await resource.ready())[1]

        await eventually(told, told="a reason")
        await eventually(lambda: tried.refused, told="a refusal")
        assert await process.value("http_requests_total", system="kubernetes", code="403") > 0
        assert not place.invoices()

    async with trial(stage, other, Case(("without-secrets",), work), "try-changed") as tried:
        assert {used(entry) for entry in tried.refused} == missing(tried.rights, tried.uses)
        assert {use[1:4] for use in missing(tried.rights, tried.uses)} == {("", "secrets", "get")}
        assert Right(EVERYWHERE, "", "secrets", "list") in needless(tried.rights, tried.uses)
