"""The controller: from what the watch shows to runs, and from runs to status, events and metrics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from random import Random
from typing import Any

from dinero_operator.connect.links import Links
from dinero_operator.domain.errors import InvalidConfiguration, OperatorError
from dinero_operator.kube.api import KubernetesApi, KubernetesError
from dinero_operator.kube.connect import is_slow
from dinero_operator.kube.events import EventRecorder
from dinero_operator.kube.offers import Offers
from dinero_operator.kube.registry import Entry, Key, Registry
from dinero_operator.kube.resource import InvalidSpec, Spec, parse_spec
from dinero_operator.kube.resource_status import Condition, Status
from dinero_operator.kube.secrets import ConnectOptions, SecretUnusable, read_credentials
from dinero_operator.kube.shards import owner, shard_key
from dinero_operator.kube.status import merge_patch, next_status, restored
from dinero_operator.kube.wish import integration_spec, start_from
from dinero_operator.settings import Settings
from dinero_operator.sync import verdict
from dinero_operator.sync.integration import Integration, Request
from dinero_operator.sync.report import ConditionType, HeldOrder, Report
from dinero_operator.sync.scheduler import Scheduler
from dinero_operator.sync.services import Services

DEFAULT_INTERVAL = 300.0
SPREAD_BEYOND = 20
"""Resources at a start that are visited at once; the others are spread."""
SPREAD = 60.0
"""Seconds over which the visits of a start with many resources are spread at most."""
API_RETRY = 15.0
"""Seconds before a run is tried again for which the Kubernetes API did not answer."""
LIST_SETTLES = 2.0
"""Seconds after the last resource of a list that was read anew, after which the list counts as read."""

log = logging.getLogger(__name__)


class Controller:
    """Owns the registry and the scheduler. Handlers feed it; it never blocks them."""

    def __init__(
        self, *, settings: Settings, services: Services, api: KubernetesApi, links: Links | None = None
    ) -> None:
        self._settings = settings
        self._services = services
        self._api = api
        self._events = EventRecorder(api, services.clock)
        self._offers = Offers(api, self._events, services.clock, links)
        self._random = Random()  # noqa: S311 - a spread is no secret
        self._background: set[asyncio.Task[None]] = set()
        self._listed: set[Key] = set()
        self._listed_at = 0.0
        self._sweep: asyncio.Task[None] | None = None
        self.registry = Registry()
        self.scheduler: Scheduler[Key] = Scheduler(
            self._visit, clock=services.clock, metrics=services.metrics
        )

    def on_changed(self, body: Mapping[str, Any], *, is_initial: bool) -> None:
        """A resource is there, or has changed."""
        self._seen()
        count = len(self.registry)
        entry, is_new = self.registry.take(body)
        if is_initial and count == len(self.registry):
            self._listed_anew(entry.key)
        if not self._is_ours(entry):
            self._drop(entry.key)
            return
        if is_new:
            self._services.metrics.add_resource(entry.key.namespace, entry.key.name)
            herd = is_initial and len(self.registry) > SPREAD_BEYOND
            self.scheduler.schedule(entry.key, self._random.random() * SPREAD if herd else 0.0)
        elif entry.key not in self.scheduler:
            self.scheduler.schedule(entry.key)
        self._tend_link(entry)

    def hasten(self, key: Key) -> bool:
        """Visit a resource now, unless its shop's calls run low; ``False`` where it is not ours to visit."""
        entry = self.registry.get(key)
        if entry is None or not self._is_ours(entry):
            return False
        if not is_slow(entry.status):
            self.scheduler.schedule(key)
        return True

    def on_deleted(self, body: Mapping[str, Any]) -> None:
        """A resource is gone. Nothing in the books changes."""
        self._seen()
        metadata = body["metadata"]
        key = Key(metadata["namespace"], metadata["name"])
        if self.registry.remove(key) is not None:
            self._drop(key)

    async def aclose(self) -> None:
        """Wait for what goes on in the background."""
        await asyncio.gather(*self._background, return_exceptions=True)

    def _tend_link(self, entry: Entry, *, is_fresh: bool = False) -> None:
        """Give or clear a link to the set-up, beside whatever run there is."""
        if self._offers.has_work(entry, is_fresh=is_fresh):
            self._in_background(
                self._offers.tend(
                    entry, lambda: self.registry.get(entry.key) is entry and self._is_ours(entry)
                )
            )

    def _seen(self) -> None:
        self._services.metrics.set_watch_event(self._services.clock.now().timestamp())

    def _is_ours(self, entry: Entry) -> bool:
        shards = self._settings.shard_count
        if shards == 1:
            return True
        chosen, found = entry.spec.get("organisation"), entry.status.organisation
        organisation = chosen if isinstance(chosen, int) else (found.id if found else None)
        reference = (entry.spec.get("dinero") or {}).get("secretRef") or {}
        key = shard_key(entry.key.namespace, organisation, str(reference.get("name", "")))
        return owner(key, shards) == self._settings.shard_index

    def _listed_anew(self, key: Key) -> None:
        """A watch has lost its place, and lists what there is. What was deleted meanwhile it does not tell."""
        self._listed_at = self._services.clock.monotonic()
        if self._sweep is None or self._sweep.done():
            self._listed = set()
            self._sweep = self._in_background(self._sweep_out())
        self._listed.add(key)

    async def _sweep_out(self) -> None:
        """Look for the resources that the new list has passed over."""
        clock = self._services.clock
        while (wait := self._listed_at + LIST_SETTLES - clock.monotonic()) > 0:
            await clock.sleep(wait)
        for entry in self.registry:
            if entry.key not in self._listed:
                try:
                    await self._look_again(entry)
                except KubernetesError as error:
                    log.warning("%s/%s: %s", entry.key.namespace, entry.key.name, error)

    async def _look_again(self, entry: Entry) -> Entry | None:
        """Take the resource as the API server has it now; ``None`` where it is gone, or another shard's.

        A watch may have missed something, or have died without a word; but nothing may be booked for a resource that is
        deleted or suspended. Raises ``KubernetesError``.
        """
        body = await self._api.resource(entry.key.namespace, entry.key.name)
        known = self.registry.get(entry.key)
        if known is entry and body is None:
            self.registry.remove(entry.key)
            self._drop(entry.key)
            return None
        if known is entry and body is not None:
            known, _ = self.registry.take(body, is_shown=False)
        return known if known is not None and self._is_ours(known) else None

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def _drop(self, key: Key) -> None:
        self.scheduler.remove(key)
        self._in_background(self._forget(key))

    async def _forget(self, key: Key) -> None:
        """Drop the series once no run can bring them back."""
        await self.scheduler.wait_for(key)
        entry = self.registry.get(key)
        if entry is None or not self._is_ours(entry):
            self._services.metrics.forget(key.namespace, key.name)

    async def _visit(self, key: Key) -> float:
        """One run of one resource; gives the seconds until the next."""
        entry = self.registry.get(key)
        try:
            entry = await self._look_again(entry) if entry is not None else None
        except KubernetesError as error:
            log.warning("%s/%s: %s", key.namespace, key.name, error)
            return API_RETRY
        if entry is None:
            return float("inf")
        self._tend_link(entry, is_fresh=True)
        self._services.metrics.set_suspended(key.namespace, key.name, entry.is_suspended)
        if entry.is_suspended:
            self._show(entry, entry.status)
            return DEFAULT_INTERVAL
        generation, wish = entry.generation, entry.wish
        entry.events_of_run = 0
        retry = API_RETRY
        try:
            await self._tell_of_annotation(entry)
            report, spec = await self._run(entry, generation, requested=wish is not None)
            # Where only the status cannot be written, the shop and Dinero are not asked more often for it.
            retry = max(API_RETRY, report.next_run)
            await self._write(entry, report, spec, generation=generation, wish=wish)
        except KubernetesError as error:
            log.warning("%s/%s: %s", key.namespace, key.name, error)
            return retry
        return report.next_run

    async def _run(self, entry: Entry, generation: int, *, requested: bool) -> tuple[Report, Spec | None]:
        insecure = self._settings.allow_insecure_urls
        found = entry.status.organisation
        try:
            spec = parse_spec(
                entry.spec, organisation=found.id if found else None, allow_insecure_urls=insecure
            )
            wish = integration_spec(spec, entry, allow_insecure_urls=insecure)
        except (InvalidSpec, ValueError) as error:
            return _unusable(error), None
        try:
            options = ConnectOptions(
                self._services.oauth is not None, self._settings.connect_enabled, entry.key.name
            )
            credentials = await read_credentials(self._api, entry.key.namespace, spec, options)
        except SecretUnusable as error:
            conditions = verdict.secret_unusable(error.reason, str(error))
            return Report(conditions=conditions, next_run=wish.interval), spec
        if entry.integration is None:
            entry.integration = Integration(
                entry.key.namespace,
                entry.key.name,
                self._services,
                restored(entry.status, generation),
                on_hold=lambda held: self._tell_of_hold(entry, held),
            )
        request = Request(
            requested=requested,
            interrupted=lambda: self._is_outdated(entry, generation),
            progress=lambda report: self._write_progress(entry, report, spec, generation=generation),
        )
        return await entry.integration.run(wish, credentials, request), spec

    async def _write_progress(self, entry: Entry, report: Report, spec: Spec, *, generation: int) -> None:
        """Write the status in the middle of a run, which goes on without it where that fails."""
        try:
            await self._write(entry, report, spec, generation=generation, wish=None)
        except KubernetesError as error:
            log.warning("%s/%s: %s", entry.key.namespace, entry.key.name, error)

    def _is_outdated(self, entry: Entry, generation: int) -> bool:
        """Whether a run should stop after the order in hand: the resource was edited, suspended, or is gone."""
        return self.registry.get(entry.key) is not entry or entry.generation != generation

    async def _write(
        self, entry: Entry, report: Report, spec: Spec | None, *, generation: int, wish: str | None
    ) -> None:
        """Write what is new about a resource, and tell of it."""
        old = entry.status
        first_day = None
        if spec is not None:
            first_day = start_from(spec, entry)
        now = self._services.clock.now()
        new = next_status(old, report, generation=generation, start_from=first_day, handled=wish, now=now)
        patch = merge_patch(old.wire(), new.wire())
        if patch and self.registry.get(entry.key) is entry:
            answer = await self._api.patch_status(entry.key.namespace, entry.key.name, patch)
            if answer is not None:
                entry.raw_status = dict(answer.get("status") or {})
        self._show(entry, new)
        metrics, key = self._services.metrics, entry.key
        if report.succeeded:
            metrics.set_last_success(key.namespace, key.name, now.timestamp())
        if report.watermark_instant is not None:
            metrics.set_watermark(key.namespace, key.name, report.watermark_instant.timestamp())
        if report.finished:
            await self._events.transition(entry, old, new)

    def _show(self, entry: Entry, status: Status) -> None:
        for kind in ConditionType:
            condition: Condition | None = status.condition(kind)
            self._services.metrics.set_condition(
                entry.key.namespace, entry.key.name, kind.value, condition.status if condition else None
            )

    async def _tell_of_annotation(self, entry: Entry) -> None:
        _, is_clear = entry.skipped()
        if not is_clear and not entry.skip_told:
            message = (
                "shoporama.dk/skip-orders: give order ids, separated by commas; what is no id is passed over."
            )
            await self._events.record(entry, "InvalidAnnotation", message, is_warning=True)
        entry.skip_told = not is_clear

    def _tell_of_hold(self, entry: Entry, held: HeldOrder) -> None:
        message = f"Order {held.number} is held: {held.message}"
        self._in_background(self._events.record(entry, held.reason, message, is_warning=True))


def _unusable(error: Exception) -> Report:
    problem = error if isinstance(error, OperatorError) else InvalidConfiguration(f"spec.shop.url: {error}")
    return Report(conditions=verdict.failed(problem), next_run=DEFAULT_INTERVAL)
