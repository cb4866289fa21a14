"""The schemas of the built-in kinds, with what Go knows of them beyond OpenAPI: its structs and its pointers."""

from __future__ import annotations

from dinero_operator.sandbox.kubernetes.go_types import POINTER, STRUCT
from dinero_operator.sandbox.kubernetes.resources import Json

_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer", "format": "int32"}
_BOOL: Json = {"type": "boolean", POINTER: True}
_TIME: Json = {"type": "string", "format": "date-time", "nullable": True}
_MICRO_TIME: Json = {"type": "string", "format": "micro-time", "nullable": True}
_TEXT_MAP: Json = {"type": "object", "additionalProperties": _TEXT}
_BYTES_MAP: Json = {"type": "object", "additionalProperties": {"type": "string", "format": "byte"}}
_ANY: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _map(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _struct(go_name: str, **properties: Json) -> Json:
    return _map(**properties) | {STRUCT: go_name}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


def _pointer(schema: Json) -> Json:
    return schema | {POINTER: True}


_REFERENCE = _struct(
    "ObjectReference",
    **dict.fromkeys(
        ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"), _TEXT
    ),
) | {"x-kubernetes-map-type": "atomic"}
REFERENCE_FIELDS = tuple(_REFERENCE["properties"])
_SERIES = _struct("EventSeries", count=_NUMBER, lastObservedTime=_MICRO_TIME)
_CONDITIONS = _array(
    _struct(
        "Condition",
        type=_TEXT,
        status=_TEXT,
        observedGeneration={"type": "integer", "format": "int64"},
        lastTransitionTime=_TIME,
        reason=_TEXT,
        message=_pointer(_TEXT),
    )
) | {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}
_EVENT: dict[str, Json] = {
    "reason": _TEXT,
    "type": _TEXT,
    "eventTime": _MICRO_TIME,
    "series": _pointer(_SERIES),
    "action": _TEXT,
    "related": _pointer(_REFERENCE),
}
_SOURCE = _struct("EventSource", component=_TEXT, host=_TEXT)

EVENT = _map(
    **_EVENT,
    involvedObject=_REFERENCE,
    message=_TEXT,
    source=_SOURCE,
    firstTimestamp=_TIME,
    lastTimestamp=_TIME,
    count=_NUMBER,
    reportingComponent=_pointer(_TEXT),
    reportingInstance=_pointer(_TEXT),
)
NEW_EVENT = _map(
    **_EVENT,
    regarding=_REFERENCE,
    note=_TEXT,
    deprecatedSource=_SOURCE,
    deprecatedFirstTimestamp=_TIME,
    deprecatedLastTimestamp=_TIME,
    deprecatedCount=_NUMBER,
    reportingController=_TEXT,
    reportingInstance=_TEXT,
)
LEASE = _map(
    spec=_struct(
        "LeaseSpec",
        **dict.fromkeys(("holderIdentity", "strategy", "preferredHolder"), _pointer(_TEXT)),
        **dict.fromkeys(("leaseDurationSeconds", "leaseTransitions"), _pointer(_NUMBER)),
        **dict.fromkeys(("acquireTime", "renewTime"), _pointer(_MICRO_TIME)),
    ),
)
CONFIG_MAP = _map(data=_TEXT_MAP, binaryData=_BYTES_MAP, immutable=_BOOL)
SECRET = _map(data=_BYTES_MAP, stringData=_TEXT_MAP, type=_TEXT, immutable=_BOOL)
SERVICE_ACCOUNT = _map(
    secrets=_array(_REFERENCE) | {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    imagePullSecrets=_array(_struct("LocalObjectReference", name=_TEXT)),
    automountServiceAccountToken=_BOOL,
)
NAMESPACE = _map(
    spec=_struct("NamespaceSpec", finalizers=_array(_TEXT)),
    status=_struct("NamespaceStatus", phase=_TEXT, conditions=_CONDITIONS),
)
DEFINITION = _map(
    spec=_struct(
        "CustomResourceDefinitionSpec",
        group=_TEXT,
        scope=_TEXT,
        names=_struct(
            "CustomResourceDefinitionNames",
            kind=_TEXT,
            listKind=_TEXT,
            plural=_TEXT,
            singular=_TEXT,
            shortNames=_array(_TEXT) | {"x-kubernetes-list-type": "atomic"},
            categories=_array(_TEXT) | {"x-kubernetes-list-type": "atomic"},
        ),
        versions=_array(_ANY),
        conversion=_ANY,
        preserveUnknownFields=_BOOL,
    ),
    status=_struct(
        "CustomResourceDefinitionStatus",
        conditions=_CONDITIONS,
        acceptedNames=_ANY,
        storedVersions=_array(_TEXT),
    ),
)
REVIEW = _map(spec=_ANY, status=_ANY)
