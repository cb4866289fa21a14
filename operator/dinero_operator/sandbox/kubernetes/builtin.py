"""The kinds that are there without a CustomResourceDefinition: their schemas, paths and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dinero_operator.sandbox.kubernetes.resources import AGE_PATH, READ_WRITE, Column, Json, Resource

_TEXT: Json = {"type": "string"}
_NUMBER: Json = {"type": "integer", "format": "int32"}
_BOOL: Json = {"type": "boolean"}
_TIME: Json = {"type": "string", "format": "date-time", "nullable": True}
MICRO_TIME: Json = {"type": "string", "format": "micro-time", "nullable": True}
_TEXT_MAP: Json = {"type": "object", "additionalProperties": _TEXT}
_BYTES_MAP: Json = {"type": "object", "additionalProperties": {"type": "string", "format": "byte"}}
_ANY: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _array(items: Json) -> Json:
    return {"type": "array", "items": items}


_REFERENCE = _object(
    kind=_TEXT,
    namespace=_TEXT,
    name=_TEXT,
    uid=_TEXT,
    apiVersion=_TEXT,
    resourceVersion=_TEXT,
    fieldPath=_TEXT,
)
_SOURCE = _object(component=_TEXT, host=_TEXT)
_SERIES = _object(count=_NUMBER, lastObservedTime=MICRO_TIME)
_CONDITION = _object(
    type=_TEXT,
    status=_TEXT,
    observedGeneration={"type": "integer", "format": "int64"},
    lastTransitionTime=_TIME,
    reason=_TEXT,
    message=_TEXT,
)
_CONDITIONS = _array(_CONDITION) | {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
}
_EVENT_COMMON: dict[str, Json] = {
    "reason": _TEXT,
    "type": _TEXT,
    "eventTime": MICRO_TIME,
    "series": _SERIES | {"nullable": True},
    "action": _TEXT,
    "related": _REFERENCE | {"nullable": True},
    "reportingInstance": _TEXT,
}
_EVENT_CORE = _object(
    **_EVENT_COMMON,
    involvedObject=_REFERENCE,
    message=_TEXT,
    source=_SOURCE,
    firstTimestamp=_TIME,
    lastTimestamp=_TIME,
    count=_NUMBER,
    reportingComponent=_TEXT,
)
_EVENT_NEW = _object(
    **_EVENT_COMMON,
    regarding=_REFERENCE,
    note=_TEXT,
    deprecatedSource=_SOURCE,
    deprecatedFirstTimestamp=_TIME,
    deprecatedLastTimestamp=_TIME,
    deprecatedCount=_NUMBER,
    reportingController=_TEXT,
)
_LEASE = _object(
    spec=_object(
        holderIdentity=_TEXT,
        leaseDurationSeconds=_NUMBER,
        acquireTime=MICRO_TIME,
        renewTime=MICRO_TIME,
        leaseTransitions=_NUMBER,
        strategy=_TEXT,
        preferredHolder=_TEXT,
    ),
)
_CRD = _object(
    spec=_object(
        group=_TEXT,
        scope=_TEXT,
        names=_object(
            kind=_TEXT,
            listKind=_TEXT,
            plural=_TEXT,
            singular=_TEXT,
            shortNames=_array(_TEXT),
            categories=_array(_TEXT),
        ),
        versions=_array(_ANY),
        conversion=_ANY,
        preserveUnknownFields=_BOOL,
    ),
    status=_object(conditions=_CONDITIONS, acceptedNames=_ANY, storedVersions=_array(_TEXT)),
)
_REVIEW = _object(spec=_ANY, status=_ANY)

_NAME = Column(name="Name", type="string", path=".metadata.name", format="name")
_AGE = Column(name="Age", type="string", path=AGE_PATH, format="age")


def _column(name: str, path: str, *, type: str = "string", priority: int = 0) -> Column:  # noqa: A002
    return Column(name=name, type=type, path=path, priority=priority)


_EVENT_COLUMNS = (
    Column(name="Last Seen", type="string", path=".lastSeen", format="age"),
    _column("Type", ".type"),
    _column("Reason", ".reason"),
    _column("Object", ".object"),
    _column("Subobject", ".involvedObject.fieldPath", priority=1),
    _column("Source", ".from", priority=1),
    _column("Message", ".message"),
    Column(name="First Seen", type="string", path=".firstSeen", format="age", priority=1),
    _column("Count", ".times", priority=1),
    Column(name="Name", type="string", path=".metadata.name", format="name", priority=1),
)
_EVENT_FIELDS = {
    **{f"involvedObject.{name}": f".involvedObject.{name}" for name in _REFERENCE["properties"]},
    "reason": ".reason",
    "reportingComponent": ".reportingComponent",
    "source": ".source.component",
    "type": ".type",
}


def builtin_resources() -> list[Resource]:
    """All built-in kinds that the operator and its users touch."""
    core = ("", "v1")
    event = Resource(
        group="",
        version="v1",
        kind="Event",
        plural="events",
        singular="event",
        storage="events",
        short_names=("ev",),
        schema=_EVENT_CORE,
        columns=_EVENT_COLUMNS,
        fields=_EVENT_FIELDS,
        create_on_update=True,
    )
    return [
        _plain(
            core,
            "ConfigMap",
            ("cm",),
            _object(data=_TEXT_MAP, binaryData=_BYTES_MAP, immutable=_BOOL),
            (_NAME, _column("Data", ".count"), _AGE),
        ),
        event,
        _plain(
            core,
            "Namespace",
            ("ns",),
            _object(
                spec=_object(finalizers=_array(_TEXT)),
                status=_object(phase=_TEXT, conditions=_CONDITIONS),
            ),
            (_NAME, _column("Status", ".status.phase"), _AGE),
            namespaced=False,
            has_status=True,
            fields={"status.phase": ".status.phase"},
            verbs=tuple(verb for verb in READ_WRITE if verb != "deletecollection"),
        ),
        _plain(
            core,
            "Secret",
            (),
            _object(data=_BYTES_MAP, stringData=_TEXT_MAP, type=_TEXT, immutable=_BOOL),
            (_NAME, _column("Type", ".type"), _column("Data", ".count"), _AGE),
            fields={"type": ".type"},
        ),
        _plain(
            core,
            "ServiceAccount",
            ("sa",),
            _object(
                secrets=_array(_REFERENCE),
                imagePullSecrets=_array(_object(name=_TEXT)),
                automountServiceAccountToken=_BOOL,
            ),
            (_NAME, _column("Secrets", ".count"), _AGE),
        ),
        replace(event, group="events.k8s.io", schema=_EVENT_NEW),
        _plain(
            ("coordination.k8s.io", "v1"),
            "Lease",
            (),
            _LEASE,
            (_NAME, _column("Holder", ".spec.holderIdentity"), _AGE),
            unconditional_update=False,
            create_on_update=True,
        ),
        _plain(
            ("apiextensions.k8s.io", "v1"),
            "CustomResourceDefinition",
            ("crd", "crds"),
            _CRD,
            (_NAME, Column(name="Created At", type="date", path=AGE_PATH, format="date-time")),
            namespaced=False,
            has_status=True,
            generation=True,
            unconditional_update=False,
            categories=("api-extensions",),
        ),
        *(
            _plain(
                (group, "v1"),
                kind,
                (),
                _REVIEW,
                (_NAME,),
                namespaced=False,
                verbs=("create",),
            )
            for group, kind in (
                ("authorization.k8s.io", "SelfSubjectAccessReview"),
                ("authorization.k8s.io", "SelfSubjectRulesReview"),
                ("authentication.k8s.io", "SelfSubjectReview"),
            )
        ),
    ]


def _plain(
    where: tuple[str, str],
    kind: str,
    short_names: tuple[str, ...],
    schema: Json,
    columns: tuple[Column, ...],
    **more: Any,
) -> Resource:
    singular = kind.lower()
    return Resource(
        group=where[0],
        version=where[1],
        kind=kind,
        plural=f"{singular}s",
        singular=singular,
        storage=f"{singular}s",
        short_names=short_names,
        schema=schema,
        columns=columns,
        **more,
    )
