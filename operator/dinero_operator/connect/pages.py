"""The pages as what they say, free of HTML: one frozen view model each. ``rendering.Pages`` turns them into HTML.

No model holds a secret but the CSRF tokens of its own forms, and no customer's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from dinero_operator.connect.problems import ErrorKind, FieldProblem
from dinero_operator.domain.choices import Trigger
from dinero_operator.sync.preview import Preview

CSRF_FIELD = "csrf"
"""Name of the hidden input of every form."""
ORGANISATION_FIELD, TRIGGER_FIELD, ACCOUNT_FIELD = "organisation", "trigger", "account"
"""Names of the inputs. Values: the organisation's id, ``Paid`` or ``Sent``, the account's number."""
SUGGESTED_NAMES = (
    "webshop salg",
    "webshop",
    "skyldig debitor",
    "skyldige debitorer",
    "shoporama",
    "webshopsalg",
)
"""What accounts for a webshop's sale are called, the best first."""


class SetupStep(StrEnum):
    """The steps of the set-up, in order."""

    CONNECT = "connect"
    ORGANISATION = "organisation"
    TRIGGER = "trigger"
    ACCOUNT = "account"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Form:
    """Where a page's form is posted to (a path of ours), and its CSRF token."""

    action: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the set-up has come: what each step has, and the paths of those that may be gone to.

    A step without ``done`` text is open. Texts are shown as they are: an organisation's name, an account's number and name.
    """

    connected: bool = False
    organisation: str = ""
    trigger: Trigger | None = None
    account: str = ""
    paths: Mapping[SetupStep, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BeginPage:
    """What a one-time link opens: a button, so that a preview of the link does not use it up. ``shop`` is the resource."""

    shop: str
    form: Form


@dataclass(frozen=True, slots=True)
class ConnectPage:
    """The button to Dinero. ``connected``: there is a connection that works; then the visitor may go on, or connect anew.

    ``by_api_key``: it is an API key in the Secret, which wins over a connection made here.
    """

    shop: str
    form: Form
    progress: Progress
    connected: bool = False
    by_api_key: bool = False
    next_path: str | None = None


@dataclass(frozen=True, slots=True)
class OrganisationOption:
    """An organisation that the connection reaches. Without ``pro`` it cannot be chosen."""

    id: int
    name: str
    pro: bool = True


@dataclass(frozen=True, slots=True)
class OrganisationPage:
    """Which organisation? ``fixed``: the resource is bound to ``chosen``, so the others cannot be picked."""

    shop: str
    form: Form
    progress: Progress
    organisations: Sequence[OrganisationOption]
    chosen: int | None = None
    fixed: bool = False
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class TriggerPage:
    """When an order is transferred: when it is paid, or when it is sent."""

    shop: str
    form: Form
    progress: Progress
    chosen: Trigger | None = None
    problem: FieldProblem | None = None


@dataclass(frozen=True, slots=True)
class AccountOption:
    """A deposit account (beholdning). ``bank``: it looks like the company's bank account."""

    number: int
    name: str
    bank: bool = False


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Which account receives the sale? ``suggested`` is picked in advance where nothing is ``chosen`` yet.

    ``reload_path`` is this page's own path, for somebody who has just made an account in Dinero.
    """

    shop: str
    form: Form
    progress: Progress
    accounts: Sequence[AccountOption]
    reload_path: str
    chosen: int | None = None
    suggested: int | None = None
    problem: FieldProblem | None = None

    @property
    def picked(self) -> int | None:
        """The option that the page shows as picked."""
        return self.chosen if self.chosen is not None else self.suggested


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The dry run, and both ways to keep the choices.

    ``preview`` is ``None`` where the orders could not be looked at; ``preview_problem`` then says why.
    ``managed_by``: the program that would undo an edit of the resource, so the YAML is what counts.
    ``can_save``: the operator may edit the resource. ``detail`` belongs to ``problem``: the API server's own sentence.
    """

    shop: str
    form: Form
    progress: Progress
    organisation: str
    trigger: Trigger
    account: str
    start_from: date
    yaml: str
    preview: Preview | None
    reload_path: str
    preview_problem: ErrorKind | None = None
    account_is_bank: bool = False
    dry_run: bool = False
    suspended: bool = False
    managed_by: Literal["Flux", "Argo CD"] | None = None
    can_save: bool = True
    problem: FieldProblem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DonePage:
    """The end. ``saved``: the resource was edited; else the visitor keeps ``yaml`` in Git.

    ``webhook_url`` makes the next poll come at once when Shoporama calls it. It can be called by whoever knows it.
    """

    shop: str
    organisation: str
    namespace: str
    name: str
    webhook_url: str | None = None
    saved: bool = True
    managed_by: Literal["Flux", "Argo CD"] | None = None
    yaml: str = ""
    dry_run: bool = False
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """A sentence about what went wrong, and what to do.

    ``detail`` is a technical sentence in English without secrets. ``again_path`` is where to try again.
    ``namespace`` and ``name`` of the resource give the command for a new link, where they are known. ``wait`` in seconds.
    """

    kind: ErrorKind
    detail: str = ""
    again_path: str | None = None
    namespace: str = ""
    name: str = ""
    wait: int | None = None


Page = (
    BeginPage | ConnectPage | OrganisationPage | TriggerPage | AccountPage | ReviewPage | DonePage | ErrorPage
)


def suggested_account(accounts: Sequence[AccountOption]) -> int | None:
    """The account that is named like one for a webshop's sale, where there is one that is not the bank."""
    usable = [account for account in accounts if not account.bank]
    for wanted in SUGGESTED_NAMES:
        for account in usable:
            if wanted in " ".join(account.name.lower().split()):
                return account.number
    return None


def choices_yaml(
    *, namespace: str, name: str, organisation: tuple[int, str], trigger: Trigger, account: tuple[int, str]
) -> str:
    """The three choices as a piece of the resource's YAML; names of organisation and account stand as comments."""
    return (
        f"# DineroIntegration {namespace}/{name}\n"
        "spec:\n"
        f"  organisation: {organisation[0]}{_comment(organisation[1])}\n"
        f"  trigger: {trigger.value}\n"
        f"  account: {account[0]}{_comment(account[1])}\n"
    )


def _comment(text: str) -> str:
    """A name of somebody else's, on one line: it must not become YAML of its own."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return f"  # {plain}" if plain else ""
