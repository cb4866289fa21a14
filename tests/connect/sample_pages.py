"""One of each page in each of its states, as handlers would make them; made-up shops only."""

from datetime import date
from decimal import Decimal
from typing import Any

from dinero_operator.connect.pages import (
    AccountOption,
    AccountPage,
    BeginPage,
    ConnectPage,
    DonePage,
    ErrorPage,
    Form,
    OrganisationOption,
    OrganisationPage,
    Page,
    Progress,
    ReviewPage,
    SetupStep,
    TriggerPage,
    choices_yaml,
)
from dinero_operator.connect.problems import ErrorKind, FieldProblem
from dinero_operator.domain.choices import Trigger
from dinero_operator.domain.holds import HoldReason
from dinero_operator.sync.preview import Customer, PlannedLine, PlannedOrder, Preview, State, Step
from dinero_operator.sync.report import Choice

SHOP = "teestuen"
CSRF = "csrf-token-1"
ACCOUNTS = (
    AccountOption(55000, "Bank", bank=True),
    AccountOption(55040, "Kontanter (kasse)"),
    AccountOption(55100, "Webshop salg"),
)
ORGANISATIONS = (
    OrganisationOption(118001, "Tee & Kop ApS"),
    OrganisationOption(118002, "Foreningen Gamle Krus og Kander af 1887", pro=False),
)
START = date(2026, 11, 23)
YAML = choices_yaml(
    namespace="webshops",
    name="teestuen",
    organisation=(118001, "Tee & Kop ApS"),
    trigger=Trigger.SENT,
    account=(55100, "Webshop salg"),
)


def form(step: str) -> Form:
    return Form(f"/connect/setup/{step}", CSRF)


def progress(up_to: int) -> Progress:
    """As many steps done as said."""
    steps = list(SetupStep)
    return Progress(
        connected=up_to > 0,
        organisation="Tee & Kop ApS" if up_to > 1 else "",
        trigger=Trigger.SENT if up_to > 2 else None,
        account="55100 Webshop salg" if up_to > 3 else "",
        paths={step: f"/connect/setup/{step}" for step in steps[: up_to + 1]},
    )


def line(text: str, count: str, unit_price: int, account: int = 1000) -> PlannedLine:
    return PlannedLine(text, Decimal(count), unit_price, int(Decimal(count) * unit_price), account)


def order(number: int, state: State, **fields: Any) -> PlannedOrder:
    plain: dict[str, Any] = {
        "order_id": 900_000 + number,
        "number": str(number),
        "state": state,
        "account": 55100,
        "placed": date(2026, 11, 22),
        "paid": True,
        "total": 249_00,
        "customer": Customer.PRIVATE,
        "lines": (
            line("Kop af stentøj, blå", "1.00", 200_00),
            line("Fragt", "1", 49_00, 1350),
        ),
    }
    return PlannedOrder(**plain | fields)


WHOLE = (Step.CREATE_CONTACT, Step.CREATE_INVOICE, Step.BOOK, Step.PAY)
ORDERS = (
    order(1042, State.TRANSFER, steps=WHOLE, voucher_date=START),
    order(
        1041,
        State.TRANSFER,
        customer=Customer.COMPANY,
        paid=False,
        total=12_345_67,
        steps=(Step.CREATE_INVOICE, Step.BOOK),
        voucher_date=START,
        lines=(
            line("Tepotte i støbejern med si, 1,2 liter, sort med prægning", "10", 1_239_57),
            line("Rabat (KAFFESNAK)", "1", -50_03),
        ),
    ),
    order(1040, State.PENDING),
    order(
        1039,
        State.HELD,
        hold=HoldReason.TOTALS_DIFFER,
        detail="The order's lines come to 249.00 DKK, its total is 250.00 DKK",
    ),
    order(1038, State.BEFORE_START, steps=WHOLE, placed=date(2026, 11, 1)),
    order(1037, State.CANCELLED),
    order(1036, State.IN_DINERO),
    order(1035, State.SKIPPED, total=0, lines=()),
    order(1034, State.BEFORE_START, hold=HoldReason.DESTINATION_NOT_CONFIGURED, lines=(), customer=None),
    order(1033, State.HELD, hold=HoldReason.ORDER_UNREADABLE, total=None, lines=(), placed=None),
    order(
        1032, State.TRANSFER, steps=(Step.RESTORE_CONTACT, Step.CREATE_INVOICE), total=249_00, currency="EUR"
    ),
)


def preview(orders: tuple[PlannedOrder, ...] = ORDERS) -> Preview:
    return Preview(Choice(118001, "Tee & Kop ApS"), Choice(55100, "Webshop salg"), False, START, orders)


def review(**fields: Any) -> ReviewPage:
    plain: dict[str, Any] = {
        "shop": SHOP,
        "form": form("save"),
        "progress": progress(4),
        "organisation": "Tee & Kop ApS",
        "trigger": Trigger.SENT,
        "account": "55100 Webshop salg",
        "start_from": START,
        "yaml": YAML,
        "preview": preview(),
        "reload_path": "/connect/setup/review",
    }
    return ReviewPage(**plain | fields)


def done(**fields: Any) -> DonePage:
    plain: dict[str, Any] = {
        "shop": SHOP,
        "organisation": "Tee & Kop ApS",
        "namespace": "webshops",
        "name": "teestuen",
        "webhook_url": "https://dinero.example.com/webhooks/shoporama/webshops/teestuen/0123456789abcdef0123456789abcdef",
        "yaml": YAML,
    }
    return DonePage(**plain | fields)


def _steps() -> dict[str, Page]:
    return {
        "begin": BeginPage(SHOP, Form("/connect/link/token", CSRF)),
        "connect": ConnectPage(SHOP, form("connect"), progress(0)),
        "connect-connected": ConnectPage(
            SHOP, form("connect"), progress(1), connected=True, next_path="/connect/setup/organisation"
        ),
        "connect-key": ConnectPage(
            SHOP,
            form("connect"),
            progress(1),
            connected=True,
            by_api_key=True,
            next_path="/connect/setup/organisation",
        ),
        "organisation": OrganisationPage(SHOP, form("organisation"), progress(1), ORGANISATIONS),
        "organisation-many": OrganisationPage(
            SHOP, form("organisation"), progress(1), (*ORGANISATIONS, OrganisationOption(118003, "Anden ApS"))
        ),
        "organisation-fixed": OrganisationPage(
            SHOP, form("organisation"), progress(4), ORGANISATIONS, chosen=118001, fixed=True
        ),
        "organisation-problem": OrganisationPage(
            SHOP,
            form("organisation"),
            progress(1),
            ORGANISATIONS,
            problem=FieldProblem.ORGANISATION_WITHOUT_PRO,
        ),
        "trigger": TriggerPage(SHOP, form("trigger"), progress(2)),
        "trigger-chosen": TriggerPage(SHOP, form("trigger"), progress(4), chosen=Trigger.PAID),
        "trigger-problem": TriggerPage(
            SHOP, form("trigger"), progress(2), problem=FieldProblem.CHOOSE_TRIGGER
        ),
        "account": AccountPage(
            SHOP, form("account"), progress(3), ACCOUNTS, "/connect/setup/account", suggested=55100
        ),
        "account-chosen": AccountPage(
            SHOP,
            form("account"),
            progress(4),
            ACCOUNTS,
            "/connect/setup/account",
            chosen=55000,
            suggested=55100,
        ),
        "account-none": AccountPage(SHOP, form("account"), progress(3), (), "/connect/setup/account"),
        "account-problem": AccountPage(
            SHOP,
            form("account"),
            progress(3),
            ACCOUNTS[:2],
            "/connect/setup/account",
            problem=FieldProblem.UNKNOWN_ACCOUNT,
        ),
    }


def _ends() -> dict[str, Page]:
    return {
        "review": review(),
        "review-managed": review(managed_by="Flux", preview=preview(ORDERS[:1]), dry_run=True),
        "review-bank": review(
            account_is_bank=True, account="55000 Bank", preview=preview(()), suspended=True
        ),
        "review-readonly": review(can_save=False, preview=None, preview_problem=ErrorKind.BUSY),
        "review-problem": review(
            problem=FieldProblem.SAVE_REFUSED, detail="admission webhook denied the request", preview=None
        ),
        "done": done(),
        "done-dry": done(dry_run=True, webhook_url=None),
        "done-suspended": done(suspended=True),
        "done-managed": done(managed_by="Argo CD"),
        "done-git": done(saved=False, managed_by="Flux"),
        "error-waiting": ErrorPage(ErrorKind.TOO_MANY, wait=30, again_path="/connect/setup"),
    }


def _errors() -> dict[str, Page]:
    return {
        f"error-{kind}": ErrorPage(
            kind, detail="HTTP 418", again_path="/connect", namespace="webshops", name="teestuen"
        )
        for kind in ErrorKind
    }


def samples() -> dict[str, Page]:
    """Every page by a name."""
    return _steps() | _ends() | _errors()
