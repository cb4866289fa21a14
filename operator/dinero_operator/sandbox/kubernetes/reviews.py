"""Questions about rights and users. There is no RBAC: whoever has a token may do everything, and that is the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dinero_operator.sandbox.kubernetes.managed_fields import Manager, track_update
from dinero_operator.sandbox.kubernetes.resources import Json, Resource
from dinero_operator.sandbox.kubernetes.status import FieldError, Problem, refused

SANDBOX_USER: Json = {"username": "sandbox", "groups": ["system:masters", "system:authenticated"]}
_EVERYTHING: Json = {
    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    "incomplete": False,
}


def answer(
    review: Json,
    resource: Resource,
    *,
    user: Json,
    user_of: Callable[[str], Json | None],
    manager: str,
    now: datetime,
) -> Json:
    """Answer a review. ``user`` is who asks; ``user_of`` gives the user of a token. Raises `ApiError` 422."""
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = {**review, "metadata": dict(review.get("metadata") or {})}
    match resource.kind:
        case "SelfSubjectRulesReview":
            return {**asked, "spec": {}, "status": _EVERYTHING}
        case "SelfSubjectReview":
            asked["metadata"]["creationTimestamp"] = time
            return {**asked, "status": {"userInfo": user}}
        case "TokenReview":
            found = user_of((review.get("spec") or {}).get("token", ""))
            status: Json = {"user": {}, "error": "invalid bearer token"}
            if found is not None:
                status = {"authenticated": True, "user": found}
        case _:
            _check_question(review, resource)
            status = {"allowed": True}
    track_update(asked, None, resource, Manager("Update", manager, resource.api_version), time)
    return {**asked, "status": status}


def _check_question(review: Json, resource: Resource) -> None:
    spec = review.get("spec") or {}
    if bool(spec.get("resourceAttributes")) == bool(spec.get("nonResourceAttributes")):
        detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise refused(resource.group, "", "", [FieldError(Problem.INVALID, "spec", None, detail)])
