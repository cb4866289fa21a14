"""Questions about oneself: the sandbox allows everything to everybody who has the token."""

from __future__ import annotations

from dinero_operator.sandbox.kubernetes.resources import Json

_USER: Json = {"username": "sandbox", "groups": ["system:masters", "system:authenticated"]}


def answer(review: Json) -> Json:
    """Answer a SelfSubjectAccessReview, SelfSubjectRulesReview or SelfSubjectReview."""
    match review["kind"]:
        case "SelfSubjectAccessReview":
            status: Json = {"allowed": True, "reason": "the sandbox allows everything"}
        case "SelfSubjectRulesReview":
            status = {
                "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
                "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
                "incomplete": False,
            }
        case _:
            status = {"userInfo": _USER}
    return {**review, "status": status}
