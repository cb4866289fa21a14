"""What all integrations of one process share: the transport, and one of each thing that belongs to an outside party.

A budget and the books belong to an organisation, access tokens to credentials, a quota to a shop's token. They are kept
as long as an integration uses them, and no longer.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary, finalize

from dinero_operator.dinero.auth import ApiKey, ApiKeyTokens, TokenSource
from dinero_operator.dinero.client import DineroClient
from dinero_operator.dinero.connection import Connection
from dinero_operator.dinero.grants import OAuthTokens
from dinero_operator.dinero.oauth import OAuthClient
from dinero_operator.domain.errors import InvalidConfiguration
from dinero_operator.metrics import Metrics
from dinero_operator.shoporama.quota import DailyQuota
from dinero_operator.sync.books import Books
from dinero_operator.sync.eu_consumer_sales import EuConsumerSales
from dinero_operator.transport.budget import Budget
from dinero_operator.transport.clock import Clock
from dinero_operator.transport.http import Transport


@dataclass(slots=True)
class Services:
    """Shared by all integrations. ``requests_per_minute`` is Dinero's budget for one organisation."""

    transport: Transport
    clock: Clock
    metrics: Metrics
    dinero_url: str
    token_url: str
    requests_per_minute: int = 60
    oauth: OAuthClient | None = None
    """The operator's registration at Visma Connect; ``None``: connections made in the browser cannot be used."""
    _budgets: WeakValueDictionary[int, Budget] = field(default_factory=WeakValueDictionary)
    _books: WeakValueDictionary[int, Books] = field(default_factory=WeakValueDictionary)
    _tokens: WeakValueDictionary[str, ApiKeyTokens] = field(default_factory=WeakValueDictionary)
    _connections: WeakValueDictionary[str, OAuthTokens] = field(default_factory=WeakValueDictionary)
    _unsaved: set[OAuthTokens] = field(default_factory=set)
    _quotas: WeakValueDictionary[str, DailyQuota] = field(default_factory=WeakValueDictionary)

    def budget(self, organisation: int) -> Budget:
        """The call budget of an organisation, shared by all integrations on it."""
        budget = self._budgets.get(organisation)
        if budget is None:
            budget = Budget(
                per_minute=self.requests_per_minute,
                clock=self.clock,
                on_wait=lambda seconds: self.metrics.observe_budget_wait("dinero", seconds),
            )
            self._budgets[organisation] = budget
        return budget

    def books(self, organisation: int) -> Books:
        """The books of an organisation, shared by all integrations on it."""
        books = self._books.get(organisation)
        if books is None:
            sales = EuConsumerSales(partial(self.metrics.set_eu_consumer_sales, organisation))
            books = self._books[organisation] = Books(organisation, self.clock, eu_consumer_sales=sales)
            finalize(books, self.metrics.forget_organisation, organisation)
        return books

    def tokens(self, credentials: ApiKey | Connection) -> TokenSource:
        """The access tokens of these credentials, shared by all integrations that have them.

        Hold on to it: what it knows of a refusal lasts as long as somebody does. Call it at each run, so that it learns
        what the Secret holds now. Raises ``InvalidConfiguration`` where the operator is registered nowhere.
        """
        if isinstance(credentials, Connection):
            return self._connected(credentials)
        key = _digest(credentials.client_id, credentials.client_secret, credentials.api_key)
        tokens = self._tokens.get(key)
        if tokens is None:
            tokens = ApiKeyTokens(
                credentials,
                transport=self.transport,
                token_url=self.token_url,
                clock=self.clock,
                on_refresh=self.metrics.count_token_refresh,
                on_expiry=self._expiry_of(key),
            )
            self._tokens[key] = tokens
            finalize(tokens, self.metrics.set_token_expiry, key, None)
        return tokens

    def _connected(self, connection: Connection) -> OAuthTokens:
        if self.oauth is None:
            raise InvalidConfiguration(
                "spec.dinero.secretRef: the operator is not registered at Visma Connect: set "
                "DINERO_OPERATOR_CONNECT_CLIENT_ID and DINERO_OPERATOR_CONNECT_CLIENT_SECRET.",
                reason="ConnectNotConfigured",
            )
        key = _digest("connection", connection.key)
        tokens = self._connections.get(key)
        if tokens is None:
            tokens = OAuthTokens(
                connection,
                client=self.oauth,
                clock=self.clock,
                on_refresh=self.metrics.count_token_refresh,
                on_expiry=self._expiry_of(key),
                on_unsaved=self._keep,
            )
            self._connections[key] = tokens
            finalize(tokens, self.metrics.set_token_expiry, key, None)
        else:
            tokens.take(connection)
        return tokens

    async def finish(self) -> None:
        """Before the program ends, and before the transports close: store tokens that the server has just given."""
        await asyncio.gather(*(tokens.finish() for tokens in list(self._connections.values())))

    def _keep(self, tokens: OAuthTokens, is_unsaved: bool) -> None:
        """Hold on to tokens that are nowhere else, also when no integration uses them any more."""
        if is_unsaved:
            self._unsaved.add(tokens)
        else:
            self._unsaved.discard(tokens)

    def _expiry_of(self, key: str) -> Callable[[datetime | None], None]:
        metrics = self.metrics
        return lambda moment: metrics.set_token_expiry(key, moment.timestamp() if moment else None)

    def quota(self, shop_url: str, token: str, daily_calls: int) -> DailyQuota:
        """The day's calls of a shop's token; a changed limit starts a new count."""
        key = _digest(shop_url, token, str(daily_calls))
        quota = self._quotas.get(key)
        if quota is None:
            quota = self._quotas[key] = DailyQuota(daily_calls, self.clock)
        return quota

    def dinero(self, credentials: ApiKey | Connection, organisation: int | None = None) -> DineroClient:
        """A client for an organisation, or for finding out which there are."""
        return DineroClient(
            transport=self.transport,
            base_url=self.dinero_url,
            tokens=self.tokens(credentials),
            organisation=organisation,
            budget=self.budget(organisation) if organisation is not None else None,
        )


def _digest(*parts: str) -> str:
    """A key that does not keep the secrets that it is made of."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
