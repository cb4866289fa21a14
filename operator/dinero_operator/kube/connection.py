"""How to reach the API server: as kopf does, in a cluster by the service account, else by ``KUBECONFIG``."""

from __future__ import annotations

import kopf


class StartError(Exception):
    """The program cannot start. ``str()`` is one line that says what to do."""


def connection_info(settings: kopf.OperatorSettings) -> kopf.ConnectionInfo:
    """Where the API server is, and how to log in. Reads the token anew each time, since a service account's changes.

    Raises ``StartError``.
    """
    info = kopf.login_with_service_account(settings=settings) or kopf.login_with_kubeconfig(settings=settings)
    if info is None:
        raise StartError(
            "KUBECONFIG: names no file with a usable cluster, and this is no pod with a service account. Set it to a "
            "kubeconfig file."
        )
    return info
