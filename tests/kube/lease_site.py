"""Processes that are candidates for one lease, on a clock of their own."""

import asyncio
from random import Random

from fake_leases import FakeLeases, Line, Skewed

from dinero_operator.kube.lease import Elector
from fake_clock import FakeClock

NAMESPACE, NAME = "dinero-system", "dinero-operator"


class Site:
    """A server, and the processes that are candidates."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.server = FakeLeases()
        self.lines: dict[str, Line] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def elector(self, identity: str, *, clock_is_wrong_by: float = 0.0) -> Elector:
        line = self.lines[identity] = Line(self.server, self.clock)
        return Elector(
            line,
            namespace=NAMESPACE,
            name=NAME,
            identity=identity,
            clock=Skewed(self.clock, clock_is_wrong_by) if clock_is_wrong_by else self.clock,
            random=Random(identity),  # noqa: S311 - a spread
        )

    def start(self, elector: Elector) -> asyncio.Task[None]:
        """Let it run as the program does. The task ends when the lease is lost."""

        async def run() -> None:
            await elector.acquire()
            await elector.hold()

        self._tasks.append(asyncio.ensure_future(run()))
        return self._tasks[-1]

    async def lead(self, identity: str = "first") -> tuple[Elector, asyncio.Task[None]]:
        elector = self.elector(identity)
        task = self.start(elector)
        await self.clock.sleep(5)
        assert elector.is_leading
        return elector, task

    async def until_leading(self, elector: Elector, within: float = 100.0) -> float:
        """Seconds until it leads."""
        began = self.clock.elapsed
        while not elector.is_leading:
            assert self.clock.elapsed - began < within
            await self.clock.sleep(0.01)
        return self.clock.elapsed - began

    async def ended(self, task: asyncio.Task[None]) -> float:
        """Seconds until the lease is lost."""
        began = self.clock.elapsed
        while not task.done():
            assert self.clock.elapsed - began < 100
            await self.clock.sleep(0.01)
        return self.clock.elapsed - began

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in self.lines.values():
            await line.aclose()
