"""The protobuf in which kubectl creates built-in kinds."""

from __future__ import annotations

import pytest
from kubernetes_samples import KIOSKS, SECRETS, serving

from dinero_operator.sandbox.kubernetes.protobuf import CONTENT_TYPE, decode
from dinero_operator.sandbox.kubernetes.status import ApiError


def field(number: int, content: bytes | int) -> bytes:
    """One field on the wire: a length and bytes, or a small number."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    length = len(content)
    sized = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return bytes([number << 3 | 2]) + sized + content


def envelope(kind: bytes, raw: bytes) -> bytes:
    return b"k8s\x00" + field(1, field(1, b"v1") + field(2, kind)) + field(2, raw)


META = field(1, b"shop") + field(3, b"") + field(8, b"") + field(11, field(1, b"colour") + field(2, b"red"))
SECRET = (
    field(1, META)
    + field(2, field(1, b"token") + field(2, b"a" * 200))
    + field(2, field(1, b"empty"))
    + field(3, b"Opaque")
    + field(5, 1)
    + field(15, b"unknown")
)


def test_a_secret_is_read() -> None:
    value = decode(envelope(b"Secret", SECRET))
    assert value["metadata"] == {"name": "shop", "labels": {"colour": "red"}, "creationTimestamp": None}
    assert len(value["data"]["token"]) == 268
    assert value["data"]["empty"] == ""
    assert (value["kind"], value["apiVersion"], value["type"], value["immutable"]) == (
        "Secret",
        "v1",
        "Opaque",
        True,
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b"k8s\x00",
        envelope(b"Secret", SECRET)[:-3],
        envelope(b"Secret", SECRET[:-3]),
        envelope(b"Secret", b"\x0b"),
        envelope(b"Pod", b""),
        b"k8s\x00\xff",
    ],
)
def test_what_cannot_be_read_is_refused(raw: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        decode(raw)
    assert caught.value.code == 400


async def test_custom_kinds_are_not_taken_as_protobuf() -> None:
    async with serving() as (api, client):
        status, _ = await client.call("POST", SECRETS, envelope(b"Secret", SECRET), kind=CONTENT_TYPE)
        assert status == 201
        assert api.store.get("secret", "default", "shop")["metadata"]["labels"] == {"colour": "red"}
        status, refused = await client.call("POST", KIOSKS, envelope(b"Kiosk", b""), kind=CONTENT_TYPE)
        assert (status, refused["reason"]) == (415, "UnsupportedMediaType")
