"""Who leads: a Lease that one process holds and renews, while the others stand by.

Nobody compares clocks. A follower takes the lease over when it has not seen it change for as long as its holder asked
for, by the follower's own clock. The holder gives up earlier than that, counted from before its last renewal was sent.
So two lead at once only where a process stands still for seconds; the books bear that too.
"""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Mapping
from datetime import UTC
from random import Random
from typing import Any, Protocol

from dinero_operator.kube.api import CONFLICT, NOT_FOUND, KubernetesError
from dinero_operator.transport.clock import Clock

LEASE_DURATION = 15
"""Seconds without a sign of the holder, after which a follower takes over."""
RENEW_DEADLINE = 10.0
"""Seconds without a renewal, after which the holder gives up."""
RENEW_EVERY = 2.0
LOOK_EVERY = 1.0
"""Seconds between two looks of a follower, and before a renewal that failed is tried again."""
JITTER = 0.2
CALL_WITHIN = 5.0
RELEASE_WITHIN = 1.0
"""Seconds for each of the two calls of a release."""
STALLED = 60.0
"""Seconds without a try, after which a follower counts as dead."""

Lease = Mapping[str, Any]

log = logging.getLogger(__name__)


class Leases(Protocol):
    """The calls that an election needs: each is tried once, and raises ``KubernetesError``."""

    async def lease(self, namespace: str, name: str, *, within: float) -> Lease | None:
        """Read."""
        ...

    async def create_lease(self, namespace: str, lease: Lease, *, within: float) -> Lease:
        """Create; 409 where there is one."""
        ...

    async def update_lease(self, namespace: str, lease: Lease, *, within: float) -> Lease:
        """Replace; 409 where it is not the version that was read."""
        ...


def own_identity() -> str:
    """A name that no other process has, with the pod's for people."""
    return f"{socket.gethostname()}_{uuid.uuid4()}"


class Elector:
    """One candidate. ``acquire`` until it leads, then ``hold``; it never leads a second time."""

    def __init__(
        self,
        api: Leases,
        *,
        namespace: str,
        name: str,
        identity: str,
        clock: Clock,
        random: Random | None = None,
    ) -> None:
        self._api = api
        self._namespace = namespace
        self._name = name
        self.identity = identity
        self._clock = clock
        self._random = random or Random()  # noqa: S311 - a spread is no secret
        self._lease: Lease = {}
        self._seen_at = self._renewed_at = self._beat = clock.monotonic()
        self._is_failing = False
        self.is_leading = False

    @property
    def is_alive(self) -> bool:
        """Whether it has tried lately."""
        return self._clock.monotonic() - self._beat < STALLED

    async def acquire(self) -> None:
        """Try until this process leads."""
        while not await self._try():
            # Not a moment later than the lease runs out, and not again and again where it has.
            left = self._expiry - self._clock.monotonic()
            pause = self._jittered(LOOK_EVERY)
            await self._clock.sleep(min(pause, left) if left > 0 else pause)
        log.info("leading by the lease %s/%s", self._namespace, self._name)

    async def hold(self) -> None:
        """Renew for as long as that goes well; returns when this process leads no more."""
        pause = RENEW_EVERY
        while self.is_leading:
            await self._clock.sleep(max(0.0, min(self._jittered(pause), self._left)))
            if self._left <= 0:
                self.is_leading = False
                log.error("the lease could not be renewed for %.0f seconds", RENEW_DEADLINE)
            elif await self._try():
                pause = RENEW_EVERY
            else:
                pause = LOOK_EVERY

    async def release(self) -> None:
        """Give the lease back, where it is ours, so that a follower need not wait. Call it when the work has ended."""
        self.is_leading = False
        try:
            lease = await self._api.lease(self._namespace, self._name, within=RELEASE_WITHIN)
            if lease is None or _holder(lease) != self.identity:
                return
            freed = {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": self._stamp()}
            await self._api.update_lease(
                self._namespace, {**lease, "spec": {**lease["spec"], **freed}}, within=RELEASE_WITHIN
            )
        except KubernetesError as error:
            log.warning("the lease could not be given back: %s", error)

    async def attempt(self) -> bool:
        """Try once to take or to renew the lease; says whether this process leads now. Raises ``KubernetesError``."""
        self._beat = self._clock.monotonic()
        if self.is_leading:
            try:
                return await self._write(self._lease)
            except KubernetesError as error:
                if error.status not in {CONFLICT, NOT_FOUND}:
                    raise
                # Another's now, or ours by a renewal whose answer was lost, or deleted by somebody.
        lease = await self._api.lease(self._namespace, self._name, within=self._within())
        if lease is None:
            return await self._create()
        self._see(lease)
        holder = _holder(lease)
        is_others = holder not in {"", self.identity}
        if is_others and self.is_leading:
            self.is_leading = False
            log.error("the lease is lost to %s", holder)
            return False
        if is_others and self._clock.monotonic() < self._expiry:
            return False
        return await self._write(lease)

    async def _try(self) -> bool:
        """An attempt whose failure is told once, until one goes well."""
        try:
            is_leading = await self.attempt()
        except KubernetesError as error:
            # A conflict only says that somebody else was quicker.
            if not self._is_failing and error.status != CONFLICT:
                self._is_failing = True
                log.warning("the lease cannot be had for now: %s", error)
            return False
        self._is_failing = False
        return is_leading

    async def _create(self) -> bool:
        stamp, sent = self._stamp(), self._clock.monotonic()
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name, "namespace": self._namespace},
            "spec": {
                "holderIdentity": self.identity,
                "leaseDurationSeconds": LEASE_DURATION,
                "acquireTime": stamp,
                "renewTime": stamp,
                "leaseTransitions": 0,
            },
        }
        return self._won(await self._api.create_lease(self._namespace, lease, within=self._within()), sent)

    async def _write(self, lease: Lease) -> bool:
        """Put our name and the time into the lease. The version that was read goes along, so only one can win."""
        stamp, sent = self._stamp(), self._clock.monotonic()
        spec = dict(lease.get("spec") or {})
        if _holder(lease) != self.identity:
            spec["acquireTime"] = stamp
            spec["leaseTransitions"] = (spec.get("leaseTransitions") or 0) + 1
        spec |= {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": LEASE_DURATION,
            "renewTime": stamp,
        }
        written = await self._api.update_lease(
            self._namespace, {**lease, "spec": spec}, within=self._within()
        )
        return self._won(written, sent)

    def _won(self, lease: Lease, sent: float) -> bool:
        self._see(lease)
        self._lease = lease
        # Before it was sent, not when the answer came: followers count from a time between the two.
        self._renewed_at = sent
        self.is_leading = True
        return True

    def _see(self, lease: Lease) -> None:
        """Note when the record last changed. The object may change otherwise, by a label, say: no sign of the holder."""
        if lease.get("spec") != self._lease.get("spec"):
            before, now = _holder(self._lease), _holder(lease)
            if now not in {before, "", self.identity}:
                log.info("standing by: %s leads", now)
            self._seen_at = self._clock.monotonic()
        self._lease = lease

    @property
    def _expiry(self) -> float:
        """When the lease that was seen last runs out, by our own clock."""
        asked = (self._lease.get("spec") or {}).get("leaseDurationSeconds") or LEASE_DURATION
        return self._seen_at + float(asked)

    @property
    def _left(self) -> float:
        """Seconds in which a leader must have renewed."""
        return self._renewed_at + RENEW_DEADLINE - self._clock.monotonic()

    def _within(self) -> float:
        """Seconds for the next call: a leader's must not last longer than its lead."""
        if not self.is_leading:
            return CALL_WITHIN
        if self._left <= 0:
            raise KubernetesError("There is no time left to renew the lease")
        return min(CALL_WITHIN, self._left)

    def _jittered(self, seconds: float) -> float:
        return seconds * self._random.uniform(1 - JITTER, 1 + JITTER)

    def _stamp(self) -> str:
        """The present as Kubernetes' MicroTime, which must have exactly six decimals. For people: nobody compares it."""
        return self._clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _holder(lease: Lease) -> str:
    return str((lease.get("spec") or {}).get("holderIdentity") or "")
