"""Leases as the API server keeps them, in memory: versions, conflicts, and what can go wrong on the way."""

import asyncio
import contextlib
import copy
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from dinero_operator.kube.api import CONFLICT, NOT_FOUND, KubernetesError
from fake_clock import FakeClock

MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
Lease = dict[str, Any]


T = TypeVar("T")


class FakeLeases:
    """The server. Each process has its own ``Line`` to it."""

    def __init__(self) -> None:
        self.leases: dict[tuple[str, str], Lease] = {}
        self.version = 0
        self.writes: list[str] = []
        """The holder after each write, in their order."""
        self.on_write: Callable[[str], None] = lambda _holder: None

    def store(self, namespace: str, lease: Any) -> Lease:
        self.version += 1
        kept: Lease = copy.deepcopy(dict(lease))
        kept["metadata"] = {**kept["metadata"], "resourceVersion": str(self.version)}
        spec = kept["spec"]
        for field in ("acquireTime", "renewTime"):
            assert MICRO_TIME.fullmatch(spec[field]), spec[field]
        assert spec["leaseDurationSeconds"] > 0
        assert spec["leaseTransitions"] >= 0
        self.leases[namespace, kept["metadata"]["name"]] = kept
        self.writes.append(spec["holderIdentity"])
        self.on_write(spec["holderIdentity"])
        return copy.deepcopy(kept)

    @property
    def only(self) -> Lease:
        (lease,) = self.leases.values()
        return lease

    @property
    def spec(self) -> Any:
        return self.only["spec"]


class Line:
    """The way of one process to the server, which works, or is what ``goes`` says."""

    def __init__(self, server: FakeLeases, clock: FakeClock) -> None:
        self._server = server
        self._clock = clock
        self._late: set[asyncio.Task[None]] = set()
        self.calls = 0
        self.goes: Literal["well", "nowhere", "one way", "hanging"] = "well"
        """One way: what is written arrives, and the answer to it does not."""
        self.delay: Callable[[], float] = float
        """Seconds from a call to its arrival: one that is given up before it arrives is done all the same."""

    async def lease(self, namespace: str, name: str, *, within: float) -> Lease | None:
        return await self._go(within, lambda: copy.deepcopy(self._server.leases.get((namespace, name))))

    async def create_lease(self, namespace: str, lease: Any, *, within: float) -> Lease:
        def create() -> Lease:
            if (namespace, lease["metadata"]["name"]) in self._server.leases:
                raise KubernetesError("it is there", CONFLICT)
            return self._server.store(namespace, lease)

        return await self._go(within, create)

    async def update_lease(self, namespace: str, lease: Any, *, within: float) -> Lease:
        def update() -> Lease:
            found = self._server.leases.get((namespace, lease["metadata"]["name"]))
            if found is None:
                raise KubernetesError("it is gone", NOT_FOUND)
            if found["metadata"]["resourceVersion"] != lease["metadata"]["resourceVersion"]:
                raise KubernetesError("it is another version", CONFLICT)
            return self._server.store(namespace, lease)

        return await self._go(within, update)

    async def _go(self, within: float, work: Callable[[], T]) -> T:
        self.calls += 1
        delay = self.delay()
        if self.goes == "nowhere":
            raise KubernetesError("no connection")
        if self.goes == "hanging":
            await self._clock.sleep(within)
            raise KubernetesError("no answer")
        if delay > within:
            self._late.add(asyncio.ensure_future(self._arrive(delay, work)))
            await self._clock.sleep(within)
            raise KubernetesError("no answer in time")
        if delay:
            await self._clock.sleep(delay)
        written = len(self._server.writes)
        done = work()
        if self.goes == "one way" and len(self._server.writes) > written:
            raise KubernetesError("the answer is lost")
        return done

    async def _arrive(self, delay: float, work: Callable[[], object]) -> None:
        await self._clock.sleep(delay)
        with contextlib.suppress(KubernetesError):
            work()

    async def aclose(self) -> None:
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)


class Skewed(FakeClock):
    """The same time, with a wall clock that is wrong by some seconds."""

    def __init__(self, right: FakeClock, wrong_by: float) -> None:
        super().__init__()
        self._right = right
        self._wrong_by = timedelta(seconds=wrong_by)

    def now(self) -> datetime:
        return self._right.now() + self._wrong_by

    def monotonic(self) -> float:
        return self._right.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._right.sleep(seconds)
