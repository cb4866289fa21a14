"""The simulated API: who may call, how often, and what belongs to no organisation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from aiohttp import web

from dinero_operator.sandbox.dinero import errors
from dinero_operator.sandbox.dinero.account_routes import add_account_routes
from dinero_operator.sandbox.dinero.books import Books
from dinero_operator.sandbox.dinero.chart import COUNTRIES
from dinero_operator.sandbox.dinero.contact_routes import add_contact_routes
from dinero_operator.sandbox.dinero.document_routes import add_document_routes
from dinero_operator.sandbox.dinero.limit import WINDOW, SlidingWindow
from dinero_operator.sandbox.dinero.listing import Fields, Query
from dinero_operator.sandbox.dinero.routing import BOOKS, unknown_url
from dinero_operator.sandbox.dinero.tokens import Token, Tokens
from dinero_operator.sandbox.dinero.unknowns import Unknowns
from dinero_operator.sandbox.dinero.wire import JsonObject, answer
from dinero_operator.sandbox.faults import FaultPlan
from dinero_operator.sandbox.web import Handler, Simulator

_TOKEN = web.RequestKey("token", Token)
_TOKEN_PATH = "/dineroapi/oauth/token"

_ORGANISATION_FIELDS: dict[str, Callable[[Books], object]] = {
    "Name": lambda books: books.name,
    "Id": lambda books: books.organisation_id,
    "Type": lambda _books: "PrivateLimitedCompany",
    "IsPro": lambda books: books.pro,
    "IsPayingPro": lambda books: books.pro,
    "IsVatFree": lambda books: books.vat_free,
    "Email": lambda _books: None,
    "Phone": lambda _books: None,
    "Street": lambda _books: None,
    "City": lambda _books: None,
    "ZipCode": lambda _books: None,
    "AttPerson": lambda _books: None,
    "IsTaxFreeUnion": lambda _books: False,
    "VatNumber": lambda books: books.vat_number,
}


def utc_now() -> datetime:
    """Tell the time of the machine, in UTC."""
    return datetime.now(UTC)


class DineroSimulator(Simulator):
    """Dinero's public API and its token endpoint on loopback, as strict as the documentation.

    ``now`` gives the time of tokens, limits and books. ``requests_per_minute`` holds per organisation and client
    (None: no limit); ``retry_after`` makes a 429 say how long to wait. Without ``strict_consistency`` lists miss
    what is younger than ``unknowns.list_lag``. ``unknowns`` may be changed while the simulator runs.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = utc_now,
        requests_per_minute: int | None = 60,
        faults: FaultPlan | None = None,
        strict_consistency: bool = True,
        retry_after: bool = False,
        unknowns: Unknowns | None = None,
    ) -> None:
        super().__init__(faults=faults)
        self.organisations: dict[int, Books] = {}
        self.unknowns = unknowns or Unknowns()
        self._now = now
        self._strict_consistency = strict_consistency
        self._retry_after = retry_after
        self._limit = SlidingWindow(requests_per_minute, now)
        self._tokens = Tokens(now)
        self.app.middlewares.append(self._guard)
        self.app.router.add_resource(_TOKEN_PATH, name="token").add_route("POST", self._tokens.answer)
        organizations = self.app.router.add_resource(
            "/{version:v1|v1\\.1}/organizations", name="organizations"
        )
        organizations.add_route("GET", self._list_organisations)
        self.app.router.add_resource("/v1/countries", name="countries").add_route("GET", self._list_countries)
        add_contact_routes(self.app)
        add_document_routes(self.app)
        add_account_routes(self.app)

    @property
    def token_url(self) -> str:
        """Whole address of the token endpoint. Known once started."""
        return f"{self.url}{_TOKEN_PATH}"

    def add_organisation(
        self,
        organisation_id: int,
        name: str,
        *,
        pro: bool = True,
        vat_number: str = "DK12345674",
        vat_free: bool = False,
    ) -> Books:
        """Open the books of a company, with the standard chart."""
        books = Books(
            organisation_id,
            name,
            now=self._now,
            unknowns=self.unknowns,
            pro=pro,
            vat_number=vat_number,
            vat_free=vat_free,
            lagging_lists=not self._strict_consistency,
        )
        self.organisations[organisation_id] = books
        return books

    def add_api_key(
        self, *, client_id: str, client_secret: str, api_key: str, organisations: Sequence[int]
    ) -> None:
        """Register a client with one of its API keys, and what that key reaches."""
        self._tokens.add_key(client_id, client_secret, api_key, organisations)

    def revoke_api_key(self, api_key: str) -> None:
        """Take an API key back."""
        self._tokens.revoke_key(api_key, end_tokens=self.unknowns.revoking_ends_tokens)

    def expire_tokens(self) -> None:
        """Make every access token that is out invalid."""
        self._tokens.expire_all()

    def accept_token(
        self,
        access_token: str,
        *,
        client_id: str,
        organisations: Sequence[int],
        expires_at: datetime,
        may_write: bool = True,
    ) -> None:
        """Take a token that was issued elsewhere, as by Visma Connect."""
        token = Token(client_id, tuple(organisations), expires_at, may_write)
        self._tokens.accept(access_token, token)

    def scope_of(self, request: web.Request) -> str:
        """Organisation id of the address; empty for calls that belong to none."""
        return request.match_info.get("organisation", "")

    def too_many_requests(self) -> web.Response:
        """Answer 429 as plain text."""
        return self._quota_exceeded(int(WINDOW.total_seconds()))

    def _quota_exceeded(self, seconds: int) -> web.Response:
        quota = self._limit.limit or 100
        headers = {"Retry-After": str(seconds)} if self._retry_after else {}
        return web.Response(
            status=429,
            text=f"API calls quota exceeded! (maximum admitted {quota} per minute)",
            headers=headers,
        )

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.http_exception is not None:
            return unknown_url()
        try:
            refusal = None if request.match_info.route.name == "token" else self._admit(request)
            return refusal or await handler(request)
        except errors.ApiError as error:
            return error.response()

    def _admit(self, request: web.Request) -> web.Response | None:
        token = self._tokens.find(request.headers.get("Authorization"))
        if token is None:
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        number = self.scope_of(request)
        seconds = self._limit.admit((number, token.client_id))
        if seconds is not None:
            return self._quota_exceeded(seconds)
        request[_TOKEN] = token
        if number:
            books = self.organisations.get(int(number))
            if books is None or books.organisation_id not in token.organisations:
                raise errors.no_access()
            if not books.pro:
                raise errors.no_subscription()
            if request.method != "GET" and not token.may_write:
                raise errors.no_access()
            request[BOOKS] = books
        return None

    async def _list_organisations(self, request: web.Request) -> web.Response:
        reached = [
            self.organisations[number]
            for number in request[_TOKEN].organisations
            if number in self.organisations
        ]
        if request.match_info["version"] == "v1.1":
            return answer([_whole_organisation(books) for books in reached])
        columns = Fields(Query(request).text("fields"), _ORGANISATION_FIELDS, "id,name,isPro").columns
        return answer([{name: read(books) for name, read in columns} for books in reached])

    async def _list_countries(self, _request: web.Request) -> web.Response:
        return answer(
            [
                {"Key": key, "DanishName": danish, "EnglishName": english}
                for key, (danish, english) in COUNTRIES.items()
            ]
        )


def _whole_organisation(books: Books) -> JsonObject:
    shared = {
        name: read(books)
        for name, read in _ORGANISATION_FIELDS.items()
        if name not in ("Type", "IsPro", "IsPayingPro")
    }
    return shared | {
        "CompanyTypeKey": "PrivateLimitedCompany",
        "CountryKey": "DK",
        "Website": None,
        "RoleKey": "Owner",
        "Subscription": {
            "HasPro": books.pro,
            "HasPayingPro": books.pro,
            "HasStarterPlus": False,
            "HasTotal": False,
            "HasYfs": False,
        },
    }
