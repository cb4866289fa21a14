"""The process dies at its n-th external call, for every n: before the sending, or after the answer.

Then a new process goes on, with what the status keeps or with nothing at all, and the books must come out the same.
"""

from typing import Any

import pytest
from sync_flows import FLOWS, Flow, tell
from sync_world import Process, Simulators, World, restored_of

from dinero_operator.transport.http import Request, Response


class Crash(BaseException):
    """The end of the process; nothing may catch it."""


class Crasher:
    """Kills the process at the sending, or at the answer, that has number ``calls``; nothing leaves a dead process."""

    def __init__(self, calls: int, *, answered: bool) -> None:
        self.sent = 0
        self.answers = 0
        self._at = calls
        self._answered = answered
        self.dead = False

    async def before(self, _request: Request) -> None:
        if self.dead or (self.sent == self._at and not self._answered):
            self.dead = True
            raise Crash
        self.sent += 1

    async def after(self, _request: Request, _response: Response | None) -> None:
        if self.dead or (self.answers == self._at and self._answered):
            self.dead = True
            raise Crash
        self.answers += 1


class Operator:
    """Whatever process is alive. ``remembers``: the next one finds the status; ``absent``: it comes one act later."""

    def __init__(self, world: World, crasher: Crasher, *, remembers: bool, absent: bool) -> None:
        self.world = world
        self.crasher = crasher
        self.process: Process | None = world.process(probe=crasher)
        self._remembers = remembers
        self._absent = absent
        self._restored: Any = None

    async def settle(self) -> None:
        if self.process is None:
            self.process = self.world.process(self._restored)
        try:
            await self.process.settle()
        except Crash:
            self._restored = restored_of(self.process.last) if self._remembers else None
            await self.process.close()
            self.process = None
            self.world.clock.advance(5.0)
            if not self._absent:
                await self.settle()


async def play(site: Simulators, flow: Flow, calls: int, *, answered: bool, **how: bool) -> int:
    """One story with one crash; returns how many calls the first process had answered."""
    world = site.world()
    crasher = Crasher(calls, answered=answered)
    operator = Operator(world, crasher, remembers=how["remembers"], absent=how["absent"])
    await tell(flow, world, operator.settle)
    if operator.process is None:
        await operator.settle()
    assert operator.process is not None
    assert not operator.process.holds, "a crash is no reason to call a person"
    world.verify()
    await world.close()
    assert not crasher.dead or calls == (crasher.answers if answered else crasher.sent)
    return crasher.answers


# Without a status, a death before the call n is in no way another one than after the answer n - 1.
@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize(
    ("answered", "remembers"),
    [(False, True), (True, True), (True, False)],
    ids=["before-status", "after-status", "after-nothing"],
)
async def test_crash_at_every_call(site: Simulators, name: str, *, answered: bool, remembers: bool) -> None:
    total = await play(site, FLOWS[name], 10_000, answered=answered, remembers=remembers, absent=False)
    assert total > 5, "the undisturbed story is counted"
    for calls in range(total):
        await play(site, FLOWS[name], calls, answered=answered, remembers=remembers, absent=False)


@pytest.mark.parametrize("name", [name for name, flow in FLOWS.items() if flow.shop_only])
async def test_life_goes_on_while_the_operator_is_down(site: Simulators, name: str) -> None:
    total = await play(site, FLOWS[name], 10_000, answered=True, remembers=True, absent=True)
    for calls in range(total):
        await play(site, FLOWS[name], calls, answered=True, remembers=True, absent=True)
