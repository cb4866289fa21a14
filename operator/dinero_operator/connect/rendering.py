"""From a view model to HTML. Nothing is read, written or decided here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from dinero_operator.connect import pages
from dinero_operator.connect.language import LANGUAGE_QUERY, Language
from dinero_operator.connect.pages import Page, SetupStep
from dinero_operator.connect.texts import catalogue, text
from dinero_operator.domain import money
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.holds import HoldReason
from dinero_operator.sync.preview import State, Step

EXAMPLE_SALE, EXAMPLE_FEE = 249_00, 8_00
"""Øre: the example that shows why the bank does not reconcile."""
_PACKAGE = "dinero_operator.connect"
_TEMPLATES: Final[Mapping[type[Page], tuple[str, SetupStep | None]]] = {
    pages.BeginPage: ("begin", None),
    pages.ConnectPage: ("connect", SetupStep.CONNECT),
    pages.OrganisationPage: ("organisation", SetupStep.ORGANISATION),
    pages.TriggerPage: ("trigger", SetupStep.TRIGGER),
    pages.AccountPage: ("account", SetupStep.ACCOUNT),
    pages.ReviewPage: ("review", SetupStep.REVIEW),
    pages.DonePage: ("done", None),
    pages.ErrorPage: ("error", None),
}
_MONTHS: Final = {
    Language.DANISH: "januar februar marts april maj juni juli august september oktober november december",
    Language.ENGLISH: "January February March April May June July August September October November December",
}
_SEPARATORS: Final = {Language.DANISH: str.maketrans(",.", ".,"), Language.ENGLISH: {}}
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


class Assets:
    """The style sheet and the icon: file names and their contents. The name of a file changes with its content."""

    TYPES: Final = {"css": "text/css", "svg": "image/svg+xml"}

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, bytes]] = {}
        self._names: dict[str, str] = {}
        for name in ("style.css", "icon.svg"):
            content = (files(_PACKAGE) / "static" / name).read_bytes()
            stem, _, kind = name.partition(".")
            served = f"{stem}.{sha256(content).hexdigest()[:12]}.{kind}"
            self._files[served] = (self.TYPES[kind], content)
            self._names[name] = served

    def name(self, plain: str) -> str:
        """The name under which ``style.css`` or ``icon.svg`` is served."""
        return self._names[plain]

    def find(self, served: str) -> tuple[str, bytes] | None:
        """Content type and content of what is served under a name; ``None`` where there is no such file."""
        return self._files.get(served)


class Pages:
    """Renders every page in either language. ``static_path`` is where the assets are served, without a slash at its end."""

    def __init__(self, *, static_path: str = "/connect/static") -> None:
        self.assets = Assets()
        self._static = static_path
        self._environment = Environment(
            loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._environment.globals.update(
            static=self._asset, State=State, Step=Step, SetupStep=SetupStep, Trigger=Trigger,
            sale=EXAMPLE_SALE, fee=EXAMPLE_FEE, CSRF=pages.CSRF_FIELD, LANG=LANGUAGE_QUERY,
            ORGANISATION=pages.ORGANISATION_FIELD, TRIGGER=pages.TRIGGER_FIELD, ACCOUNT=pages.ACCOUNT_FIELD,
        )  # fmt: skip

    def render(self, page: Page, *, language: Language, here: str | None = None) -> str:
        """The page as a whole HTML document.

        ``here`` is the path, without query, at which a GET shows this page: the switch to the other language goes to
        ``here?lang=…``. Without it, there is no switch.
        """
        name, step = _TEMPLATES[type(page)]
        template = self._environment.get_template(f"{name}.html.j2")
        return template.render(
            page=page, step=step, language=language, here=here, **_words(language, name, page)
        )

    def _asset(self, plain: str) -> str:
        return f"{self._static}/{self.assets.name(plain)}"


def _words(language: Language, name: str, page: Page) -> Mapping[str, Any]:
    """What the templates say things with, in one language."""
    t: Callable[..., str] = partial(text, language)
    title = t(f"error.{page.kind}.title") if isinstance(page, pages.ErrorPage) else t(f"{name}.title")
    if isinstance(page, pages.DonePage) and not page.saved:
        title = t("done.title.git")
    return {
        "t": t,
        "title": title,
        "kroner": partial(_kroner, language),
        "day": partial(_day, language),
        "quantity": partial(_quantity, language),
        "hold": partial(_hold, language),
    }


def _kroner(language: Language, amount: int, currency: str = "DKK") -> str:
    """Øre as people write them: ``1.249,00 kr.``; other currencies by their code."""
    figure = f"{money.kroner(amount):,.2f}".translate(_SEPARATORS[language]).replace("-", "\N{MINUS SIGN}")
    return f"{figure}{_NO_BREAK}{'kr.' if currency == 'DKK' else currency}"


def _day(language: Language, day: date) -> str:
    """A date with its month as a word, so that no order of figures is mistaken for another."""
    month = _MONTHS[language].split()[day.month - 1]
    return _NO_BREAK.join((f"{day.day}{'.' if language is Language.DANISH else ''}", month, str(day.year)))


def _quantity(language: Language, quantity: Decimal) -> str:
    return f"{quantity.normalize():f}".translate(_SEPARATORS[language])


def _hold(language: Language, reason: HoldReason) -> str:
    """Why an order is held, and what to do. A reason without a sentence of its own gets the general one."""
    key = f"hold.{reason}"
    return text(language, key if key in catalogue(language) else "hold.unknown")
