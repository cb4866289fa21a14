"""What a session costs as a cookie."""

from dinero_operator.connect.ports import Place
from dinero_operator.connect.seal import Seal
from dinero_operator.connect.session import LIFE, Session, Sessions
from dinero_operator.domain.choices import Trigger
from fake_clock import FakeClock


def test_the_longest_names_fit_into_a_cookie(clock: FakeClock) -> None:
    """Browsers drop a cookie of more than 4,096 bytes, and the visitor would be sent back to the start."""
    session = Session(
        id="x" * 32,
        place=Place("n" * 63, "s" * 40),
        uid="u" * 36,
        until=clock.now() + LIFE,
        pending="p" * 22,
        generation=10**6,
        trigger=Trigger.PAID,
    )
    session = session.choose_organisation(10**9, "\N{GRINNING FACE}" * 500).choose_account(
        10**6, "\N{GRINNING FACE}" * 500
    )
    cookie = Sessions(Seal("secret", clock)).close(session)
    assert len("__Host-dinero-setup=" + cookie) <= 4096
