"""What comes back from Dinero's site: used once, by the browser that went there, for the resource that it was for."""

from urllib.parse import parse_qs, urlsplit

import pytest
from connect_world import COFFEE, MAJA, NAME, NOBODY, OLE, TEA, TRIER, World

from dinero_operator.sandbox.connect import Rotation, TokenSettings
from dinero_operator.sandbox.faults import Fault

NO_CONNECTION: dict[str, str] = {}


async def test_a_denied_consent_is_a_sentence_and_can_be_tried_again(world: World) -> None:
    visitor = world.visitor(accept_language="en")
    seen = await world.begin(visitor)
    seen = await world.decide(visitor, await world.to_dinero(visitor, seen), decision="deny")
    assert (seen.status, seen.path) == (400, "/connect/callback")
    assert world.secret_data() == NO_CONNECTION
    again = await visitor.follow(seen, "/connect/connect")
    assert (await world.approve(visitor, again)).path == "/connect/organisation"


async def test_no_code_stands_in_an_address_of_ours(world: World) -> None:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    statuses = [(status, urlsplit(url).path) for status, url in seen.trail]
    assert statuses == [
        (303, "/connect/callback"),
        (303, "/connect/callback"),
        (200, "/connect/organisation"),
    ]
    for _, url in seen.trail:
        assert set(parse_qs(urlsplit(url).query)) <= {"answer"}


async def test_an_answer_is_used_once(world: World) -> None:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    kept = world.secret_data()
    hop = next(url for status, url in seen.trail if "answer=" in url)
    for browser in (visitor, visitor.copy()):
        again = await browser.open(hop)
        assert again.status == 400
    assert world.secret_data() == kept
    # Shown twice, Visma Connect would have taken back what the code gave.
    assert (await visitor.open(f"{world.public_url}/connect/organisation")).status == 200
    exchanges = [call for call in world.connect.calls if call.route == "token"]
    assert len(exchanges) == 1


async def test_an_answer_is_used_once_also_after_a_restart(world: World) -> None:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    hop = next(url for status, url in seen.trail if "answer=" in url)
    await world.restart_operator()
    assert (await visitor.open(hop)).status == 400
    assert len([call for call in world.connect.calls if call.route == "token"]) == 1


async def test_a_double_click_exchanges_once(world: World) -> None:
    visitor = world.visitor()
    consent = await world.to_dinero(visitor, await world.begin(visitor))
    answer = await visitor.submit(consent, user=MAJA, decision="approve")
    impatient = visitor.copy()
    first = await visitor.submit(answer)
    second = await impatient.submit(answer)
    assert (first.path, second.status) == ("/connect/organisation", 400)
    assert len([call for call in world.connect.calls if call.route == "token"]) == 1
    assert (await impatient.open(f"{world.public_url}/connect/connect")).status == 200


async def test_another_browser_cannot_use_an_answer(world: World) -> None:
    """Somebody approves with their own user and sends the answer to a victim, or steals the victim's answer."""
    thief, victim = world.visitor(), world.visitor()
    world.add_resource("kaffestuen")
    await world.begin(victim, "kaffestuen")
    consent = await world.to_dinero(thief, await world.begin(thief))
    answer = await thief.submit(consent, user=OLE, decision="approve")
    seen = await victim.submit(answer)
    assert seen.status == 400
    assert (await world.visitor().submit(answer)).status == 403
    assert world.secret_data() == world.secret_data("dinero-kaffestuen") == NO_CONNECTION


async def test_of_two_tabs_the_later_one_goes_on(world: World) -> None:
    visitor = world.visitor()
    page = await world.begin(visitor)
    first = await world.to_dinero(visitor, page)
    second = await world.to_dinero(visitor, page)
    late = await world.decide(visitor, first, OLE)
    assert late.status == 400
    assert (await world.decide(visitor, second, MAJA)).path == "/connect/organisation"
    assert world.secret_data()


async def test_a_second_set_up_in_one_browser_ends_the_first(world: World) -> None:
    world.add_resource("kaffestuen")
    visitor = world.visitor()
    page = await world.begin(visitor)
    consent = await world.to_dinero(visitor, page)
    other = await world.begin(visitor, "kaffestuen")
    assert (await world.decide(visitor, consent, OLE)).status == 400
    assert (await visitor.submit(page)).status == 403, "a form of the first"
    assert (await world.approve(visitor, other, OLE)).path == "/connect/organisation"
    assert (world.secret_data(), bool(world.secret_data("dinero-kaffestuen"))) == (NO_CONNECTION, True)


async def test_an_answer_comes_too_late(world: World) -> None:
    visitor = world.visitor()
    consent = await world.to_dinero(visitor, await world.begin(visitor))
    answer = await visitor.submit(consent, user=MAJA, decision="approve")
    world.clock.advance(16 * 60)
    assert (await visitor.submit(answer)).status == 400
    assert world.secret_data() == NO_CONNECTION


async def test_a_session_ends_meanwhile(world: World) -> None:
    visitor = world.visitor()
    page = await world.begin(visitor)
    world.clock.advance(50 * 60)
    consent = await world.to_dinero(visitor, page)
    answer = await visitor.submit(consent, user=MAJA, decision="approve")
    world.clock.advance(10 * 60)
    assert (await visitor.submit(answer)).status == 403


async def test_the_operator_is_restarted_in_between(world: World) -> None:
    visitor = world.visitor()
    page = await world.begin(visitor)
    await world.restart_operator()
    consent = await world.to_dinero(visitor, page)
    await world.restart_operator()
    assert (await world.decide(visitor, consent, MAJA)).path == "/connect/organisation"


async def test_another_process_of_the_operator_takes_each_step(world: World) -> None:
    """Replicas behind one address: nothing is kept in any of them."""
    visitor = world.visitor()
    page = await world.begin(visitor)
    await world.operator.server.stop()
    follower = await world.start_operator(port=world.port, leads=False)
    consent = await world.to_dinero(visitor, page)
    assert (await world.decide(visitor, consent, MAJA)).path == "/connect/organisation"
    # It does not own the resource, so it asks whoever does.
    token = world.annotations()["shoporama.dk/reconcile-requested-at"]
    assert token.startswith("hastened-")
    await follower.server.stop()


@pytest.mark.parametrize("where", ["spec", "status"])
async def test_a_wrong_user_changes_nothing(world: World, where: str) -> None:
    if where == "spec":
        world.change(organisation=TEA)
    else:
        world.change(status={"organisation": {"id": TEA, "name": "Teestuen ApS"}})
    visitor = world.visitor()
    page = await world.begin(visitor)
    seen = await world.approve(visitor, page, OLE)
    assert seen.status == 409
    assert world.secret_data() == NO_CONNECTION
    again = await visitor.follow(seen, "/connect/connect")
    seen = await world.approve(visitor, again, MAJA)
    assert seen.form.options["organisation"] == [str(TEA)]


async def test_a_user_without_organisations(world: World) -> None:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor), NOBODY)
    assert (seen.status, world.secret_data()) == (409, NO_CONNECTION)


async def test_no_organisation_with_pro(world: World) -> None:
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor), TRIER)
    assert (seen.status, seen.path) == (409, "/connect/organisation")
    assert world.secret_data(), "the connection is good; the subscription is missing"


async def test_an_answer_without_a_state_of_ours(world: World) -> None:
    visitor = world.visitor()
    await world.begin(visitor)
    callback = f"{world.public_url}/connect/callback"
    for query in ("", "?code=abc", "?code=abc&state=x", "?answer=x", "?error=access_denied&state=x"):
        assert (await visitor.open(callback + query)).status == 400
    sent = await visitor.post(callback, {"code": "abc", "state": "x"}, initiator=world.connect.authorize_url)
    assert sent.status == 400
    assert not [call for call in world.connect.calls if call.route == "token"]


async def test_another_oauth_error(world: World) -> None:
    world.connect.apps["isv_teestuen"].scopes = frozenset({"dineropublicapi:read"})
    visitor = world.visitor()
    page = await world.begin(visitor)
    seen = await visitor.submit(page)
    seen = await visitor.submit(seen)
    assert (seen.status, seen.path) == (400, "/connect/callback")


async def test_the_operators_own_secret_is_refused(world: World) -> None:
    visitor = world.visitor()
    consent = await world.to_dinero(visitor, await world.begin(visitor))
    world.connect.apps["isv_teestuen"].client_secret = "changed at Visma"
    seen = await world.decide(visitor, consent)
    assert (seen.status, world.secret_data()) == (502, NO_CONNECTION)


@pytest.mark.parametrize("fault", [Fault.ANSWER_LOST, Fault.SERVER_ERROR])
async def test_the_exchange_fails(world: World, fault: Fault) -> None:
    visitor = world.visitor()
    consent = await world.to_dinero(visitor, await world.begin(visitor))
    world.connect.faults.scripted["POST token"] = [fault] * 5
    seen = await world.decide(visitor, consent)
    assert seen.status == 502
    assert world.secret_data() == NO_CONNECTION


async def test_a_secret_of_somebody_else_is_not_written(world: World) -> None:
    world.secret(f"dinero-{NAME}", password="of the database")
    visitor = world.visitor()
    seen = await world.approve(visitor, await world.begin(visitor))
    assert seen.status == 409
    assert "SecretNotOurs" not in seen.text
    assert "holds keys that are not the operator" in seen.text
    assert world.secret_data() == {"password": "of the database"}


async def test_the_query_answers_of_an_app_that_is_registered_so(world: World) -> None:
    """Visma Connect knows both; ours asks for a form, and a person's proxy may have made a query of it."""
    visitor = world.visitor()
    page = await world.begin(visitor)
    consent = await visitor.submit(page)
    query = consent.url.replace("response_mode=form_post", "response_mode=query")
    consent = await visitor.follow(page, query)
    seen = await visitor.submit(consent, user=MAJA, decision="approve")
    assert (seen.status, seen.path) == (200, "/connect/organisation")


@pytest.mark.parametrize("rotation", list(Rotation))
async def test_a_connection_outlives_its_access_token(world: World, rotation: Rotation) -> None:
    world.connect.apps["isv_teestuen"].tokens = TokenSettings(rotation=rotation)
    visitor = world.visitor()
    await world.approve(visitor, await world.begin(visitor))
    before = world.secret_data()
    world.clock.advance(59 * 60)
    await world.begin(visitor)
    world.clock.advance(2 * 60)
    seen = await visitor.open(f"{world.public_url}/connect/organisation")
    assert seen.form.options["organisation"] == ["", str(TEA), str(COFFEE)]
    assert world.secret_data()["accessToken"] != before["accessToken"]
