"""What became of a connection: the Secret with its tokens, and the requests to the token endpoint."""

from __future__ import annotations

import base64
import time
from datetime import timedelta

from eventually import eventually
from suite_cluster import Json
from suite_outside import Place

from dinero_operator.sandbox.connect import Authorisation

BRIEF = {"access_lifetime": timedelta(seconds=2)}
"""Each run needs a new access token."""


async def secret(place: Place) -> Json:
    path = f"/api/v1/namespaces/{place.namespace.name}/secrets/{place.dinero_secret}"
    found = await place.namespace.cluster.get(path)
    assert found is not None
    return found


async def tokens(place: Place) -> dict[str, str]:
    data = (await secret(place))["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def logins(place: Place) -> int:
    return place.outside.connect.count()["POST token"]


async def expired(authorisation: Authorisation) -> None:
    """Wait until the access tokens of an approval have ended."""
    ends = max(authorisation.access_tokens.values()).timestamp()
    await eventually(lambda: ends - time.time(), lambda left: left < 0, told="the end of the access token")
