"""Everything that the operator measures: names, kinds, units, and which labels may occur.

Labels come from closed or small sets; what is in none of them is counted as ``other``. No order, customer, URL or error
text ever becomes a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from dinero_operator import __version__
from dinero_operator.domain.holds import HoldReason
from dinero_operator.metric_labels import (
    CAUSES,
    CONDITION_STATUSES,
    CONDITION_TYPES,
    OUTCOMES,
    SYSTEMS,
    TOKEN_RESULTS,
    Labels,
)

PREFIX = "dinero_operator"

_REQUEST_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60)
_WAIT_BUCKETS = (0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)
_RUN_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
_DELAY_BUCKETS = (10, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 7 * 24 * 3600)
_LOOP_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


_Metric = TypeVar("_Metric", Counter, Gauge, Info)


class Metrics:
    """The program's metrics, in a registry of their own.

    Times are seconds, points in time are Unix seconds, amounts are whole units of their currency (kroner).
    """

    def __init__(self, registry: CollectorRegistry | None = None, *, version: str = __version__) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # a second series beside each counter and histogram, that nobody asks for
        self.registry = CollectorRegistry() if registry is None else registry
        self._per_resource: dict[tuple[str, str], set[tuple[Counter | Gauge | Info, tuple[str, ...]]]] = {}
        self._token_expiries: dict[str, float] = {}
        self._eu_consumer_years: dict[int, set[int]] = {}
        self._system = Labels(SYSTEMS)
        self._operation = Labels(form=r"[a-z][a-z0-9_]{0,47}", most=80)
        self._code = Labels(["error", "480", *(str(status.value) for status in HTTPStatus)])
        self._cause = Labels(CAUSES)
        self._outcome = Labels(OUTCOMES)
        self._reason = Labels(str(reason) for reason in HoldReason)
        self._currency = Labels(["DKK", "EUR", "SEK", "NOK"], form=r"[A-Z]{3}", most=30)
        self._condition_type = Labels(CONDITION_TYPES)
        self._trigger = Labels(["", "Paid", "Sent"])
        self._token_result = Labels(TOKEN_RESULTS)
        self._define_resource_metrics()
        self._define_program_metrics()
        Info("build", "The version of the program that runs", namespace=PREFIX, registry=self.registry).info(
            {"version": version}
        )
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _define_resource_metrics(self) -> None:
        self._orders = self._resource_counter(
            "orders", "Orders by what became of them, since the start", "outcome"
        )
        self._orders_held = self._resource_gauge(
            "orders_held", "Orders that wait for a human, by reason", "reason"
        )
        self._orders_pending = self._resource_gauge(
            "orders_pending", "Orders that have not reached the trigger yet"
        )
        self._booked_amount = self._resource_counter(
            "booked_amount",
            "Value of booked invoices since the start, in units of the currency, VAT included",
            "currency",
        )
        self._last_success = self._resource_gauge(
            "last_success_timestamp_seconds", "When a run last ended without an error, Unix time in seconds"
        )
        self._watermark = self._resource_gauge(
            "watermark_timestamp_seconds", "Up to when the shop's changes are handled, Unix time in seconds"
        )
        self._condition = self._resource_gauge(
            "condition", "1 for the status that a condition of the resource has, else 0", "type", "status"
        )
        self._suspended = self._resource_gauge("suspended", "1 while the resource is suspended, else 0")
        self._integration = Info(
            "integration",
            "What the resource connects: organisation and trigger; always 1",
            ["namespace", "name"],
            namespace=PREFIX,
            registry=self.registry,
        )

    def _define_program_metrics(self) -> None:
        self._order_delay = self._histogram(
            "order_delay_seconds",
            "From the trigger first seen to the invoice booked, in seconds",
            _DELAY_BUCKETS,
        )
        self._sync_duration = self._histogram(
            "sync_duration_seconds", "One run for one resource, in seconds", _RUN_BUCKETS
        )
        self._http_requests = self._counter(
            "http_requests",
            "Calls to other systems by answer; code is error where there was no answer",
            ["system", "operation", "code"],
        )
        self._http_duration = self._histogram(
            "http_request_duration_seconds",
            "One call to another system, body included, in seconds",
            _REQUEST_BUCKETS,
            ["system", "operation"],
        )
        self._retries = self._counter(
            "retries", "Calls that were repeated, by cause", ["system", "operation", "cause"]
        )
        self._budget_wait = self._histogram(
            "budget_wait_seconds",
            "What a call waited for its place in the budget, in seconds",
            _WAIT_BUCKETS,
            ["system"],
        )
        self._token_refresh = self._counter(
            "token_refresh", "Requests for an access token, by result", ["result"]
        )
        self._token_expiry = self._gauge(
            "token_expiry_timestamp_seconds",
            "When the first of the access tokens expires, Unix time; NaN: there is none",
        )
        self._schedule_lag = self._histogram(
            "schedule_lag_seconds", "How much later than planned a run began, in seconds", _WAIT_BUCKETS
        )
        self._loop_lag = self._histogram(
            "event_loop_lag_seconds",
            "How much later than asked the event loop woke up, in seconds",
            _LOOP_BUCKETS,
        )
        self._watch_event = self._gauge(
            "watch_last_event_timestamp_seconds", "When the watch last gave an event, Unix time; NaN: not yet"
        )
        self._leader = self._gauge(
            "leader", "1 while this process leads, or where there is no election; 0 while it stands by"
        )
        self._eu_consumer_sales = Gauge(
            "eu_consumer_sales_dkk",
            "Booked sales to consumers in other EU countries in a calendar year, in kroner without VAT",
            ["organisation", "year"],
            namespace=PREFIX,
            registry=self.registry,
        )
        self._leader.set(1)
        self._token_expiry.set(float("nan"))
        self._watch_event.set(float("nan"))
        for system in ("shoporama", "dinero"):
            self._budget_wait.labels(system)
        for result in TOKEN_RESULTS:
            self._token_refresh.labels(result)

    # One resource

    def add_resource(self, namespace: str, name: str) -> None:
        """Create the series of a resource whose values are known from the start, at 0."""
        for outcome in OUTCOMES:
            self._of(self._orders, namespace, name, outcome)
        self._of(self._orders_pending, namespace, name)
        self._of(self._suspended, namespace, name)

    def count_order(self, namespace: str, name: str, outcome: str, count: int = 1) -> None:
        """Count orders under an outcome: booked, drafted, paid, credited, skipped, held."""
        self._of(self._orders, namespace, name, self._outcome(outcome)).inc(count)

    def count_booked_amount(self, namespace: str, name: str, currency: str, amount: int) -> None:
        """Add the total of a booked invoice, in øre; what is negative is no booking and is not counted."""
        self._of(self._booked_amount, namespace, name, self._currency(currency)).inc(max(0, amount) / 100)

    def set_held(self, namespace: str, name: str, counts: Mapping[str, int]) -> None:
        """Set how many orders are held, by reason. Reasons seen before and not given now become 0."""
        current = dict.fromkeys(self._labels_of(self._orders_held, namespace, name), 0)
        for reason, count in counts.items():
            label = (self._reason(reason),)
            current[label] = current.get(label, 0) + count
        for (label_value,), count in current.items():
            self._of(self._orders_held, namespace, name, label_value).set(count)

    def set_pending(self, namespace: str, name: str, count: int) -> None:
        """Set how many orders may still reach the trigger."""
        self._of(self._orders_pending, namespace, name).set(count)

    def set_last_success(self, namespace: str, name: str, timestamp: float) -> None:
        """Set when a run last ended without an error (Unix seconds)."""
        self._of(self._last_success, namespace, name).set(timestamp)

    def set_watermark(self, namespace: str, name: str, timestamp: float) -> None:
        """Set up to when the shop's changes are handled (Unix seconds)."""
        self._of(self._watermark, namespace, name).set(timestamp)

    def set_condition(self, namespace: str, name: str, condition: str, status: str | None) -> None:
        """Set a condition to ``True``, ``False`` or ``Unknown``; ``None`` removes it."""
        condition = self._condition_type(condition)
        for value in CONDITION_STATUSES:
            if status is None:
                self._drop(namespace, name, self._condition, (condition, value))
            else:
                self._of(self._condition, namespace, name, condition, value).set(int(value == status))

    def set_suspended(self, namespace: str, name: str, suspended: bool) -> None:
        """Say whether the resource is suspended."""
        self._of(self._suspended, namespace, name).set(int(suspended))

    def set_integration(
        self, namespace: str, name: str, *, organisation: int | None, trigger: str | None
    ) -> None:
        """Say what the resource connects; replaces what was said before."""
        values = {
            "organisation": "" if organisation is None else str(organisation),
            "trigger": self._trigger(trigger or ""),
        }
        self._of(self._integration, namespace, name).info(values)

    def forget(self, namespace: str, name: str) -> None:
        """Remove all series of a deleted resource. Call it when no run of it is under way any more."""
        for metric, extra in self._per_resource.pop((namespace, name), ()):
            metric.remove(namespace, name, *extra)

    # The program

    def observe_order_delay(self, seconds: float) -> None:
        """Record the time from the trigger first seen to the invoice booked."""
        self._order_delay.observe(max(0.0, seconds))

    def observe_sync(self, seconds: float) -> None:
        """Record the length of a run."""
        self._sync_duration.observe(seconds)

    def observe_request(self, system: str, operation: str, code: int | None, seconds: float) -> None:
        """Record a call to another system; ``code`` is ``None`` where there was no answer."""
        system, operation = self._system(system), self._operation(operation)
        self._http_requests.labels(
            system, operation, self._code("error" if code is None else str(code))
        ).inc()
        self._http_duration.labels(system, operation).observe(max(0.0, seconds))

    def count_retry(self, system: str, operation: str, cause: str) -> None:
        """Count a call that is about to be repeated."""
        self._retries.labels(self._system(system), self._operation(operation), self._cause(cause)).inc()

    def observe_budget_wait(self, system: str, seconds: float) -> None:
        """Record what a call waited for its place; has the form of ``Budget``'s ``on_wait`` once ``system`` is bound."""
        self._budget_wait.labels(self._system(system)).observe(max(0.0, seconds))

    def count_token_refresh(self, result: str) -> None:
        """Count a request for an access token: ok, rejected, unavailable."""
        self._token_refresh.labels(self._token_result(result)).inc()

    def set_token_expiry(self, key: str, timestamp: float | None) -> None:
        """Set when one access token expires (Unix seconds); ``None``: it is gone. The first to expire is shown.

        ``key`` tells tokens apart and is never shown.
        """
        if timestamp is None:
            self._token_expiries.pop(key, None)
        else:
            self._token_expiries[key] = timestamp
        self._token_expiry.set(min(self._token_expiries.values(), default=float("nan")))

    def observe_schedule_lag(self, seconds: float) -> None:
        """Record how much later than planned a run began."""
        self._schedule_lag.observe(max(0.0, seconds))

    def observe_event_loop_lag(self, seconds: float) -> None:
        """Record how much later than asked the event loop woke up."""
        self._loop_lag.observe(max(0.0, seconds))

    def set_watch_event(self, timestamp: float) -> None:
        """Set when the watch last gave an event (Unix seconds)."""
        self._watch_event.set(timestamp)

    def set_leader(self, is_leading: bool) -> None:
        """Say whether this process leads. Without an election nobody says it: each process does."""
        self._leader.set(int(is_leading))

    def set_eu_consumer_sales(self, organisation: int, year: int, amount: int) -> None:
        """Set what an organisation has sold to consumers in other EU countries in a year, in øre without VAT."""
        self._eu_consumer_years.setdefault(organisation, set()).add(year)
        self._eu_consumer_sales.labels(str(organisation), str(year)).set(amount / 100)

    def forget_organisation(self, organisation: int) -> None:
        """Remove the series of an organisation that no resource uses any more."""
        for year in self._eu_consumer_years.pop(organisation, ()):
            self._eu_consumer_sales.remove(str(organisation), str(year))

    def expose(self, accept: str = "") -> tuple[bytes, str]:
        """The exposition and its content type, in the format that an ``Accept`` header asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    # How series come and go

    def _histogram(
        self, name: str, text: str, buckets: Sequence[float], labels: Sequence[str] = ()
    ) -> Histogram:
        return Histogram(name, text, labels, namespace=PREFIX, registry=self.registry, buckets=buckets)

    def _gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(name, text, labels, namespace=PREFIX, registry=self.registry)

    def _counter(self, name: str, text: str, labels: Sequence[str]) -> Counter:
        return Counter(name, text, labels, namespace=PREFIX, registry=self.registry)

    def _resource_gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return self._gauge(name, text, ["namespace", "name", *labels])

    def _resource_counter(self, name: str, text: str, *labels: str) -> Counter:
        return self._counter(name, text, ["namespace", "name", *labels])

    def _of(self, metric: _Metric, namespace: str, name: str, *extra: str) -> _Metric:
        """The series of a resource, noted so that ``forget`` finds it."""
        self._per_resource.setdefault((namespace, name), set()).add((metric, extra))
        return metric.labels(namespace, name, *extra)

    def _labels_of(self, metric: Gauge, namespace: str, name: str) -> list[tuple[str, ...]]:
        series = self._per_resource.get((namespace, name), set())
        return [extra for known, extra in series if known is metric]

    def _drop(self, namespace: str, name: str, metric: Gauge, extra: tuple[str, ...]) -> None:
        series = self._per_resource.get((namespace, name), set())
        if (metric, extra) in series:
            series.remove((metric, extra))
            metric.remove(namespace, name, *extra)
