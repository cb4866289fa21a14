"""The kinds that are there without a CustomResourceDefinition: their schemas, paths and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dinero_operator.sandbox.kubernetes import builtin_schemas as schemas
from dinero_operator.sandbox.kubernetes import events
from dinero_operator.sandbox.kubernetes.resources import AGE_PATH, READ_WRITE, Column, Json, Resource

_NAME = Column(name="Name", type="string", path=".metadata.name", format="name")
_AGE = Column(name="Age", type="string", path=AGE_PATH, is_age=True)


def _column(name: str, path: str, **more: Any) -> Column:
    return Column(name=name, type="string", path=path, **more)


_EVENT_COLUMNS = (
    _column("Last Seen", ".lastSeen", is_age=True),
    _column("Type", ".type"),
    _column("Reason", ".reason"),
    _column("Object", ".object"),
    _column("Subobject", ".involvedObject.fieldPath", priority=1),
    _column("Source", ".from", priority=1),
    _column("Message", ".message"),
    _column("First Seen", ".firstSeen", is_age=True, priority=1),
    _column("Count", ".times", priority=1),
    _column("Name", ".metadata.name", format="name", priority=1),
)
_DEFINITION_COLUMNS = (
    _NAME,
    _column("Scope", ".spec.scope"),
    _column("Versions", ".versions"),
    Column(name="Created At", type="date", path=AGE_PATH),
    _column("Group", ".spec.group", priority=1),
    _column("Kind", ".spec.names.kind", priority=1),
    _column("ShortNames", ".shortNames", priority=1),
    Column(name="Established", type="boolean", path=".established", priority=1),
)
_EVENT_FIELDS = {
    **{f"involvedObject.{name}": f".involvedObject.{name}" for name in schemas.REFERENCE_FIELDS},
    "reason": ".reason",
    "reportingComponent": ".reportingComponent",
    "source": ".source.component|.reportingComponent",
    "type": ".type",
}
_NEW_EVENT_FIELDS = {
    **{f"regarding.{name}": f".involvedObject.{name}" for name in schemas.REFERENCE_FIELDS},
    "reason": ".reason",
    "reportingController": ".reportingComponent",
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
        schema=schemas.EVENT,
        columns=_EVENT_COLUMNS,
        fields=_EVENT_FIELDS,
        create_on_update=True,
        empty=events.EMPTY,
    )
    return [
        _plain(core, "ConfigMap", ("cm",), schemas.CONFIG_MAP, (_NAME, _column("Data", ".count"), _AGE)),
        event,
        _plain(
            core,
            "Namespace",
            ("ns",),
            schemas.NAMESPACE,
            (_NAME, _column("Status", ".status.phase"), _AGE),
            namespaced=False,
            has_status=True,
            fields={"name": ".metadata.name", "status.phase": ".status.phase"},
            verbs=tuple(verb for verb in READ_WRITE if verb != "deletecollection"),
            empty={"spec": {}, "status": {}},
        ),
        _plain(
            core,
            "Secret",
            (),
            schemas.SECRET,
            (_NAME, _column("Type", ".type"), _column("Data", ".count"), _AGE),
            fields={"type": ".type"},
        ),
        _plain(core, "ServiceAccount", ("sa",), schemas.SERVICE_ACCOUNT, (_NAME, _AGE), has_tokens=True),
        replace(
            event,
            group=events.NEW_GROUP,
            schema=schemas.NEW_EVENT,
            fields=_NEW_EVENT_FIELDS,
            empty=events.NEW_EMPTY,
        ),
        _plain(
            ("coordination.k8s.io", "v1"),
            "Lease",
            (),
            schemas.LEASE,
            (_NAME, _column("Holder", ".spec.holderIdentity"), _AGE),
            unconditional_update=False,
            create_on_update=True,
            empty={"spec": {}},
        ),
        _plain(
            ("apiextensions.k8s.io", "v1"),
            "CustomResourceDefinition",
            ("crd", "crds"),
            schemas.DEFINITION,
            _DEFINITION_COLUMNS,
            namespaced=False,
            has_status=True,
            generation=True,
            unconditional_update=False,
            categories=("api-extensions",),
            empty={"spec": {"names": {}}, "status": {}},
        ),
        *(
            _plain(
                (group, "v1"),
                kind,
                (),
                schemas.REVIEW,
                (_NAME,),
                namespaced=kind.startswith("Local"),
                verbs=("create",),
                empty={"spec": {}},
            )
            for group, kind in (
                ("authorization.k8s.io", "LocalSubjectAccessReview"),
                ("authorization.k8s.io", "SelfSubjectAccessReview"),
                ("authorization.k8s.io", "SelfSubjectRulesReview"),
                ("authorization.k8s.io", "SubjectAccessReview"),
                ("authentication.k8s.io", "SelfSubjectReview"),
                ("authentication.k8s.io", "TokenReview"),
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
