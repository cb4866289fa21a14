"""The documentation says what the code does: its tables are compared with the code, its links and examples are tried."""

import ast
import inspect
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics_core import Metric

from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.domain.holds import HoldReason
from dinero_operator.kube.resource import InvalidSpec, parse_spec
from dinero_operator.metrics import PREFIX as METRICS_PREFIX
from dinero_operator.metrics import Metrics
from dinero_operator.settings import PREFIX as SETTINGS_PREFIX
from dinero_operator.settings import Settings
from dinero_operator.shoporama import mapping
from dinero_operator.sync.report import Reason

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for folder in (ROOT, DOCS, ROOT / "tests", ROOT / "examples", ROOT / "benchmarks", ROOT / "charts")
    for path in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```([a-z]*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`]*)`")
GRADE = re.compile(r"\[(DOC|CODE|INFER|ASSUMED)\]")


def rows(page: str, heading: str = "") -> Iterator[list[str]]:
    """The cells of all tables of a page, or of those below one heading."""
    text = (DOCS / page).read_text(encoding="utf-8")
    if heading:
        _, found, text = text.partition(f"\n{heading}\n")
        assert found, f"{page} has no {heading}"
        text = re.split(r"^#{1,3} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    for line in text.splitlines():
        if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def table(page: str, heading: str = "") -> dict[str, list[str]]:
    """The rows whose first cell is one word in code style, by that word."""
    found: dict[str, list[str]] = {}
    for cells in rows(page, heading):
        name = CODE.fullmatch(cells[0])
        if name is not None:
            assert name[1] not in found, f"{page} has two rows for {name[1]}"
            found[name[1]] = cells
    return found


def test_holds_have_a_row_with_their_remedy() -> None:
    found = table("holds.md", "## All reasons")
    assert set(found) == {reason.value for reason in HoldReason}
    for reason in HoldReason:
        assert found[reason.value][2] == reason.remedy


def test_the_resource_page_names_every_hold() -> None:
    text = (DOCS / "resource.md").read_text(encoding="utf-8")
    assert {reason.value for reason in HoldReason} <= set(CODE.findall(text))


def test_the_resource_page_has_a_row_for_every_reason_of_a_condition() -> None:
    documented = {word for cells in rows("resource.md", "### Reasons") for word in CODE.findall(cells[1])}
    assert documented == set(_reasons_in_the_code())


def _reasons_in_the_code() -> Iterator[str]:
    for error in (InvalidConfiguration, InvalidSpec):
        yield inspect.signature(error).parameters["reason"].default
    for path in (ROOT / "operator").rglob("*.py"):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[-1] == "Reason":
                yield Reason[node.attr].value
            elif isinstance(node, ast.Call):
                yield from _reason_given(node)


def _reason_given(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func)
    given: list[ast.expr] = []
    if name == "SecretUnusable":
        given = call.args[:1]
    elif name in ("InvalidConfiguration", "InvalidSpec"):
        given = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
    for value in given:
        assert isinstance(value, ast.Constant), "a reason must be readable where it is given"
        yield value.value


def test_every_setting_has_a_row_with_its_default() -> None:
    found = table("settings.md")
    assert set(found) == {SETTINGS_PREFIX + name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        assert found[SETTINGS_PREFIX + name.upper()][1] == _shown(field.default), name


def _shown(default: Any) -> str:
    if default is None or default in ("", ()):
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_every_metric_has_a_row_with_its_type_and_labels() -> None:
    measured = {_exposed(family): family for family in _families()}
    found = {name: cells for name, cells in table("metrics.md").items() if name.startswith(METRICS_PREFIX)}
    assert set(found) == set(measured)
    for name, family in measured.items():
        kind, labels = found[name][1], set(CODE.findall(found[name][2]))
        assert kind == family.type, name
        assert labels == {key for sample in family.samples for key in sample.labels} - {"le"}, name


def _exposed(family: Metric) -> str:
    return family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")


def _families() -> list[Metric]:
    """All our families, each with at least one sample."""
    metrics, shop = Metrics(), ("team", "shop")
    metrics.add_resource(*shop)
    metrics.count_booked_amount(*shop, "DKK", 1)
    metrics.set_held(*shop, {HoldReason.GIFT_CARD: 1})
    metrics.set_last_success(*shop, 1.0)
    metrics.set_watermark(*shop, 1.0)
    metrics.set_condition(*shop, "Ready", "True")
    metrics.set_integration(*shop, organisation=1, trigger="Paid")
    metrics.observe_request("dinero", "book_invoice", 200, 1.0)
    metrics.count_retry("dinero", "book_invoice", "429")
    metrics.set_eu_consumer_sales(1, 2026, 1)
    found = [family for family in metrics.registry.collect() if family.name.startswith(METRICS_PREFIX)]
    assert all(family.samples for family in found), "give the new metric a sample above"
    assert any(math.isnan(sample.value) for family in found for sample in family.samples)
    return found


def test_the_mapping_page_has_every_key_with_its_evidence() -> None:
    found = table("mapping.md", "## Shoporama: the keys")
    grades = _grades()
    for name, value in vars(mapping).items():
        if isinstance(value, mapping.Field):
            keys = list(value.keys)
        elif name.isupper() and isinstance(value, str):
            keys = [value]
        else:
            continue
        assert CODE.findall(found[name][1]) == keys, name
        assert set(re.findall(r"[A-Z]+", found[name][2])) == grades[name], name
        grades.pop(name)
        found.pop(name)
    assert not found, "keys that the code does not read"


def _grades() -> dict[str, set[str]]:
    """The evidence that the comments of the mapping give, by the constant's name."""
    found: dict[str, set[str]] = {}
    name = ""
    for line in inspect.getsource(mapping).splitlines():
        if (start := re.match(r"([A-Z_]+) = ", line)) is not None:
            name = start[1]
            found[name] = set()
        if name:
            found[name] |= set(GRADE.findall(line))
    return found


def test_there_are_pages() -> None:
    assert len(PAGES) > 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(prose):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


def _anchors(page: Path) -> set[str]:
    """Ids of the headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_are_valid(page: Path) -> None:
    for language, content in FENCE.findall(page.read_text(encoding="utf-8")):
        if language != "yaml":
            continue
        for document in yaml.safe_load_all(content):
            if isinstance(document, dict) and document.get("kind") == "DineroIntegration":
                parse_spec(document["spec"])


def test_the_rights_are_the_least_that_the_program_asks_for() -> None:
    roles = [
        document
        for document in yaml.safe_load_all((ROOT / "examples" / "rbac.yaml").read_text(encoding="utf-8"))
        if document["kind"] == "ClusterRole"
    ]
    granted = {
        (group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    ours = "shoporama.dk"
    assert granted == {
        *((ours, "dinerointegrations", verb) for verb in ("get", "list", "watch")),
        (ours, "dinerointegrations/status", "patch"),
        ("", "events", "create"),
        ("", "secrets", "get"),
    }
