"""What kopf is told, where a value of the wrong form would only show on a real API server."""

from dinero_operator.kube.app import kopf_settings


def test_the_servers_timeout_is_a_whole_number() -> None:
    """It becomes ``timeoutSeconds`` as it is written, and an API server refuses ``300.0``."""
    assert str(kopf_settings().watching.server_timeout).isdecimal()
