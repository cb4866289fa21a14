"""What kopf is told, where a value of the wrong form would only show on a real API server."""

from collections.abc import Iterable
from itertools import islice

from dinero_operator.kube.health import GRACE
from dinero_operator.kube.watch import kopf_settings


def test_the_servers_timeout_is_a_whole_number() -> None:
    """It becomes ``timeoutSeconds`` as it is written, and an API server refuses ``300.0``."""
    assert str(kopf_settings().watching.server_timeout).isdecimal()


def test_no_outage_ends_the_watch() -> None:
    """Kopf gives a call up, and the watch with it, when the pauses have run out. Each call counts anew."""
    pauses = kopf_settings().networking.error_backoffs
    assert isinstance(pauses, Iterable)
    assert list(islice(pauses, 7)) == [1, 1, 2, 3, 5, 8, 8]
    assert list(islice(pauses, 1000))[-1] == 8


def test_a_silent_watch_has_time_to_begin_anew_before_it_counts_as_dead() -> None:
    assert kopf_settings().watching.inactivity_timeout < GRACE
