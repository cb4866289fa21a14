"""Every page in both languages: whole HTML that needs no script, labelled, escaped, and with all its texts in use."""

from dataclasses import replace
from itertools import pairwise

import pytest
from page_document import Document
from sample_pages import ACCOUNTS, CSRF, ORDERS, done, form, preview, progress, review, samples

from dinero_operator.connect.language import Language
from dinero_operator.connect.pages import (
    AccountOption,
    AccountPage,
    ErrorPage,
    OrganisationOption,
    OrganisationPage,
    Page,
)
from dinero_operator.connect.problems import ErrorKind, FieldProblem
from dinero_operator.connect.rendering import Pages
from dinero_operator.connect.texts import text
from dinero_operator.domain.holds import HoldReason

PAGES = Pages()
SAMPLES = samples()
HERE = "/connect/setup"
EVIL = "<script>alert(1)</script>\"'&{{7*7}}"


def shown(page: Page, language: Language = Language.ENGLISH, here: str | None = HERE) -> Document:
    return Document(PAGES.render(page, language=language, here=here))


def words(page: Page, language: Language = Language.ENGLISH) -> str:
    return " ".join(shown(page, language).one("body")["text"].split())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SAMPLES)
def test_page_is_sound(name: str, language: Language) -> None:
    page = SAMPLES[name]
    document = shown(page, language)
    assert document.one("html")["lang"] == language
    assert document.one("title")["text"].endswith(text(language, "brand"))
    assert len(document.find("h1")) == len(document.find("main")) == 1
    ids = [element["id"] for element in document.all if "id" in element]
    assert len(ids) == len(set(ids))
    for element in document.all:
        assert element["tag"] not in {"script", "style", "iframe", "object", "base", "svg"}
        assert "style" not in element
        assert not [attribute for attribute in element if attribute.startswith("on")]
        for name_of_ids in ("aria-describedby", "aria-labelledby", "for"):
            assert set(element.get(name_of_ids, "").split()) <= set(ids)
        if element["tag"] in {"a", "button", "h1", "h2", "h3", "label", "option", "summary", "legend"}:
            assert element["text"].strip() or element.get("aria-label")
        for address in (element.get("href"), element.get("src"), element.get("action")):
            assert address is None or address.startswith(("/connect", "#"))
        if element.get("href", "").startswith("#"):
            assert element["href"][1:] in ids
    levels = [
        int(element["tag"][1]) for element in document.all if element["tag"] in {"h1", "h2", "h3", "h4"}
    ]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", SAMPLES)
def test_forms_are_posted_with_their_token_and_every_field_has_a_label(name: str) -> None:
    document = shown(SAMPLES[name])
    labels = {element["for"] for element in document.find("label")}
    for element in document.all:
        if element["tag"] == "form":
            assert element["method"] == "post"
        elif element["tag"] == "select" or element.get("type") == "radio":
            assert element["id"] in labels
            assert "form" in element["in"]
    for radio in document.find("input", type="radio"):
        assert "fieldset" in radio["in"]
    assert len(document.find("input", name="csrf", value=CSRF)) == len(document.find("form"))


@pytest.mark.parametrize("name", [name for name, page in SAMPLES.items() if hasattr(page, "progress")])
def test_steps_say_where_one_is(name: str) -> None:
    document = shown(SAMPLES[name])
    (current,) = [element for element in document.all if element.get("aria-current") == "step"]
    assert current["tag"] == "li"
    assert current["in"][-2:] == ["nav", "ol"]
    inside = [element for element in document.find("a") if "nav" in element["in"]]
    assert current["text"].split()[0] not in {link["text"].split()[0] for link in inside}
    states = [element["text"] for element in document.find("span", **{"class": "state"})]
    assert len(states) == 5
    assert all(states)


def test_what_others_named_is_escaped() -> None:
    told = replace(
        ORDERS[1],
        number=EVIL,
        lines=(replace(ORDERS[1].lines[0], text=EVIL),),
        hold=HoldReason.LATE_ORDER,
        detail=EVIL,
    )
    pages = (
        OrganisationPage(
            EVIL, form("x"), progress(4), [OrganisationOption(1, EVIL), OrganisationOption(2, EVIL)]
        ),
        AccountPage(EVIL, form("x"), progress(4), [AccountOption(1, EVIL)], "/connect/x", suggested=1),
        review(
            shop=EVIL,
            organisation=EVIL,
            account=EVIL,
            yaml=EVIL,
            detail=EVIL,
            problem=FieldProblem.SAVE_REFUSED,
            preview=preview((told,)),
            progress=replace(progress(4), organisation=EVIL, account=EVIL),
        ),
        done(organisation=EVIL, yaml=EVIL, saved=False),
        ErrorPage(ErrorKind.INTERNAL, detail=EVIL),
    )
    for page in pages:
        html = PAGES.render(page, language=Language.DANISH)
        assert "<script" not in html
        assert EVIL in shown(page).one("body")["text"]


def test_the_switch_goes_to_the_other_language() -> None:
    link = shown(SAMPLES["begin"], Language.DANISH).one("a", hreflang="en")
    assert link["href"] == "/connect/setup?lang=en"
    assert link["lang"] == "en"
    assert (
        shown(SAMPLES["begin"], Language.ENGLISH).one("a", hreflang="da")["href"] == "/connect/setup?lang=da"
    )
    assert not shown(SAMPLES["begin"], here=None).find("a", hreflang="da")


def test_problem_is_told_above_the_form_and_tied_to_the_field() -> None:
    document = shown(SAMPLES["account-problem"])
    alert = document.one("div", role="alert")
    assert text(Language.ENGLISH, "problem.unknown_account") in alert["text"]
    assert "problem" in document.one("select")["aria-describedby"].split()
    assert document.one("select")["aria-invalid"] == "true"
    assert document.find("a", href="#account")
    assert document.one("title")["text"].startswith("Correct this")
    assert document.all.index(alert) < document.all.index(document.one("form"))


def test_account_that_is_suggested_is_picked_and_the_bank_advised_against() -> None:
    document = shown(SAMPLES["account"], Language.DANISH)
    assert [option["value"] for option in document.find("option") if "selected" in option] == ["55100"]
    assert "Vi foreslår 55100 Webshop salg" in document.one("main")["text"]
    assert "frarådes" in document.one("option", value="55000")["text"]
    for amount in ("249,00", "8,00", "241,00"):
        assert amount in document.one("main")["text"]
    chosen = shown(SAMPLES["account-chosen"])
    assert [option["value"] for option in chosen.find("option") if "selected" in option] == ["55000"]
    nothing = shown(AccountPage("teestuen", form("account"), progress(3), ACCOUNTS, "/connect/x"))
    assert nothing.find("option")[0]["value"] == ""


def test_organisation_without_pro_cannot_be_picked() -> None:
    document = shown(SAMPLES["organisation"])
    assert "disabled" in document.one("option", value="118002")
    assert "selected" in document.one("option", value="118001"), "the only one that can be chosen"
    many = shown(SAMPLES["organisation-many"])
    assert many.find("option")[0]["value"] == ""
    fixed = shown(SAMPLES["organisation-fixed"])
    assert [option["value"] for option in fixed.find("option")] == ["118001"]


def test_review_shows_each_order_as_it_would_become() -> None:
    document = shown(SAMPLES["review"], Language.DANISH)
    first, second, *_ = [
        each["text"] for each in document.find("li") if "order" in each.get("class", "").split()
    ]
    for part in (
        "Ordre 1042",
        "Overføres nu",
        "privat",
        "Kop af stentøj, blå",
        "249,00",
        "23.\xa0november\xa02026",
    ):
        assert part in first
    assert "Betalingen registreres på 55100 Webshop salg" in first
    for part in (
        "virksomhed",
        "12.345,67\xa0kr.",
        "\N{MINUS SIGN}50,03",
        "findes allerede",
        "melder ordren betalt",
    ):
        assert part in second


def test_git_is_preferred_where_the_resource_is_kept_there() -> None:
    assert words(SAMPLES["review"]).index("Save and begin") < words(SAMPLES["review"]).index("For Git")
    managed = words(SAMPLES["review-managed"])
    assert (
        managed.index("managed by Flux")
        < managed.index("organisation: 118001")
        < managed.index("Save anyway")
    )
    assert not shown(SAMPLES["review-readonly"]).find("form")
    assert "organisation: 118001" in words(SAMPLES["done-git"])
    assert "organisation: 118001" not in words(SAMPLES["done"])


def test_new_link_command_is_shown_for_links_only() -> None:
    command = "kubectl -n webshops annotate dinero teestuen shoporama.dk/connect-requested-at=now"
    with_command = {name for name, page in SAMPLES.items() if command in words(page)}
    assert with_command == {
        "error-link_unknown", "error-link_expired", "error-link_used", "error-session_missing",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ErrorKind)
def test_errors_have_an_error_status(kind: ErrorKind) -> None:
    assert 400 <= kind.http_status < 600


def test_assets_are_served_by_names_that_change_with_them() -> None:
    name = PAGES.assets.name("style.css")
    kind, content = PAGES.assets.find(name) or ("", b"")
    assert kind == "text/css"
    assert b"@import" not in content
    assert b"url(" not in content
    assert f"/connect/static/{name}" in PAGES.render(SAMPLES["begin"], language=Language.DANISH)
    assert PAGES.assets.find("style.css") is None
    assert PAGES.assets.find("../pages.py") is None
    moved = Pages(static_path="/dinero/connect/static").render(SAMPLES["begin"], language=Language.DANISH)
    assert f'href="/dinero/connect/static/{name}"' in moved
