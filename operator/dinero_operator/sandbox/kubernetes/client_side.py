"""What kubectl applied on its own side, which its server-side apply takes over.

An annotation holds what was applied. From kubectl alone, and from nobody who calls himself otherwise, a server takes that
for the consent to change those fields, and keeps the annotation up to date for a client that goes back.
"""

from __future__ import annotations

import json

from dinero_operator.sandbox.kubernetes.fields import Fields, said
from dinero_operator.sandbox.kubernetes.resources import Json

_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
_MANAGER = "kubectl"


def taken_over(live: Json, schema: Json, manager: str) -> Fields:
    """The fields that this manager may take from whomever holds them."""
    text = (live["metadata"].get("annotations") or {}).get(_ANNOTATION)
    if manager != _MANAGER or not text:
        return set()
    try:
        configuration = json.loads(text)
    except ValueError:
        return set()
    return said(configuration, schema) if isinstance(configuration, dict) else set()


def renew(merged: Json, applied: Json, manager: str) -> None:
    """Bring the annotation up to date, in place, if there is one."""
    annotations = merged["metadata"].get("annotations") or {}
    if manager != _MANAGER or _ANNOTATION not in annotations:
        return
    meta = dict(applied["metadata"])
    if "annotations" in meta:
        meta["annotations"] = {
            name: text for name, text in meta["annotations"].items() if name != _ANNOTATION
        }
    configuration = {**applied, "metadata": meta}
    text = json.dumps(configuration, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    merged["metadata"]["annotations"] = {**annotations, _ANNOTATION: f"{text}\n"}
