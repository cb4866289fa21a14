"""JSON without binary fractions: money is ``Decimal`` on its way in and on its way out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn


def json_dumps(value: object) -> str:
    """Write JSON in ASCII; a ``Decimal`` becomes a number with exactly its digits.

    Raises ``TypeError`` for what has no exact form: ``float`` above all, dates, keys that are no strings. Raises
    ``ValueError`` for a ``Decimal`` that is no finite number.
    """
    return "".join(_pieces(value))


def _pieces(value: object) -> list[str]:
    match value:
        case None:
            return ["null"]
        case bool():
            return ["true" if value else "false"]
        case str():
            return [json.dumps(str(value))]
        case int():
            return [str(int(value))]
        case Decimal():
            if not value.is_finite():
                raise ValueError("JSON has no number for infinity or not-a-number")
            return [format(value, "f")]
        case Mapping():
            return ["{", *_joined([[_key(key), ":", *_pieces(item)] for key, item in value.items()]), "}"]
        case list() | tuple():
            return ["[", *_joined([_pieces(item) for item in value]), "]"]
        case _:
            raise TypeError(f"a {type(value).__name__} has no exact form in JSON")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("a key in JSON is a string")
    return json.dumps(str(key))


def _joined(items: list[list[str]]) -> list[str]:
    return [piece for index, item in enumerate(items) for piece in ([",", *item] if index else item)]


def json_loads(body: bytes) -> Any:
    """Read JSON in UTF-8; every number with a fraction or an exponent becomes a ``Decimal``.

    Raises ``ValueError`` for everything that is not JSON, ``NaN`` and ``Infinity`` too.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
