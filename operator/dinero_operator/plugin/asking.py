"""What a person asks of the operator: run now, rest, go on. And waiting for its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dinero_operator.kube.connect import manager
from dinero_operator.kube.resource import RECONCILE_ANNOTATION
from dinero_operator.plugin.integration import Integration
from dinero_operator.plugin.session import LOOK, Problem, Session
from dinero_operator.sync.report import ConditionType


async def wait_for(
    session: Session, name: str, is_done: Callable[[Mapping[str, Any]], Awaitable[bool]], seconds: float
) -> Mapping[str, Any] | None:
    """Look at a resource until it is as wanted; ``None`` where that takes longer."""
    until = session.clock.monotonic() + seconds
    while True:
        body = await session.find(name)
        if await is_done(body):
            return body
        if session.clock.monotonic() >= until:
            return None
        await session.clock.sleep(LOOK)


async def request_run(session: Session, name: str) -> str:
    """Ask for a run now; gives the token that the status will repeat. Raises ``Problem`` where nothing would come of it."""
    integration = Integration(await session.find(name))
    if integration.is_suspended:
        raise Problem(
            f"{name} is suspended, so nothing is done. First: {session.kubectl('dinero', 'resume', name)}"
        )
    return await session.annotate(name, RECONCILE_ANNOTATION)


async def wait_for_run(session: Session, name: str, token: str, seconds: float) -> Integration:
    """Wait until the run has ended. Raises ``Problem`` where it failed, or does not end in time."""

    async def is_handled(body: Mapping[str, Any]) -> bool:
        integration = Integration(body)
        if integration.is_suspended:
            raise Problem(f"{name} was suspended meanwhile.")
        # Somebody else may have asked after us. A run that answers that wish began after ours.
        wish = (body["metadata"].get("annotations") or {}).get(RECONCILE_ANNOTATION)
        return integration.status.last_handled_reconcile_at in {token, wish} - {None}

    body = await wait_for(session, name, is_handled, seconds)
    if body is None:
        raise Problem(
            f"{name}: no run has ended within {seconds:g} seconds. It may be a long one; if nothing changes, see whether "
            "an operator runs that watches this namespace."
        )
    integration = Integration(body)
    ready = integration.status.condition(ConditionType.READY)
    if ready is None or ready.status != "True":
        reason, message = (ready.reason, ready.message) if ready else ("Unknown", "")
        raise Problem(f"{name}: the run has failed ({reason}). {message}".rstrip())
    return integration


async def suspend(session: Session, name: str, *, is_wanted: bool) -> tuple[bool, str]:
    """Set ``spec.suspend``. Says whether that changed anything, and a warning where it may not last."""
    body = await session.find(name)
    was = Integration(body).is_suspended
    if was is not is_wanted:
        await session.patch(name, {"spec": {"suspend": is_wanted}})
    keeper = manager(body["metadata"])
    warning = f"{keeper} keeps this resource as Git has it: set spec.suspend there too." if keeper else ""
    return was is not is_wanted, warning
