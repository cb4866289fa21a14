"""JSON merge patches as their standard has them, to check ours by."""

from typing import Any


def apply(patch: Any, target: Any) -> Any:
    """MergePatch, word for word as RFC 7386 has it."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = apply(value, result.get(name))
    return result
