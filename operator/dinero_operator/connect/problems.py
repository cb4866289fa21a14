"""What can go wrong in the browser: one closed list, each with a title, a sentence and a remedy in both languages."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from dinero_operator.domain.errors import (
    CredentialsRejected,
    InvalidConfiguration,
    OperatorError,
    RateLimited,
    SubscriptionMissing,
)


class ErrorKind(StrEnum):
    """Why there is no page to show but one that says so."""

    LINK_UNKNOWN = "link_unknown"
    """Not a link of ours, or of a resource that is gone."""
    LINK_EXPIRED = "link_expired"
    LINK_USED = "link_used"
    """Used already, in another tab or browser, or replaced by a newer one."""
    SESSION_MISSING = "session_missing"
    """No session, an old one, or one from before the operator's key was changed."""
    CONSENT_DENIED = "consent_denied"
    ANSWER_FOREIGN = "answer_foreign"
    """Dinero's answer belongs to another browser, tab or try."""
    ANSWER_USED = "answer_used"
    """Dinero's answer was used before, or is too old."""
    ANSWER_REFUSED = "answer_refused"
    """Dinero answered with an OAuth error other than a refusal by the user."""
    WRONG_USER = "wrong_user"
    """The user does not reach the organisation that the resource is bound to."""
    NO_ORGANISATION = "no_organisation"
    NO_PRO = "no_pro"
    NOT_CONNECTED = "not_connected"
    """There are no credentials, or Dinero does not accept them any more."""
    APP_REFUSED = "app_refused"
    """Dinero does not accept the operator's own client id and secret."""
    SECRET_REFUSED = "secret_refused"  # noqa: S105 - a name
    """The connection cannot be kept in the Secret that the resource names; ``detail`` says why."""
    SHOP_TOKEN_REFUSED = "shop_token_refused"  # noqa: S105 - a name
    RESOURCE_CHANGED = "resource_changed"
    """Somebody else edited the resource meanwhile."""
    SAVE_REFUSED = "save_refused"
    """The API server, or a policy of the cluster, refuses the edit; ``detail`` has its sentence."""
    CONFIGURATION = "configuration"
    """The resource must be edited; ``detail`` says where."""
    TOO_MANY = "too_many"
    """Our own limit; ``wait`` says for how many seconds."""
    BUSY = "busy"
    """Dinero or Shoporama asks us to wait."""
    DINERO_UNAVAILABLE = "dinero_unavailable"
    CLUSTER_UNAVAILABLE = "cluster_unavailable"
    FORM_FOREIGN = "form_foreign"
    """A form that was not ours, or is too old (CSRF, Origin)."""
    FORM_INVALID = "form_invalid"
    """Too large, or not a form."""
    NOT_FOUND = "not_found"
    METHOD = "method"
    INTERNAL = "internal"

    @property
    def http_status(self) -> HTTPStatus:
        """The status that an answer with this page has."""
        return _STATUS.get(self, HTTPStatus.BAD_REQUEST)


_STATUS = {
    ErrorKind.LINK_UNKNOWN: HTTPStatus.NOT_FOUND,
    ErrorKind.LINK_EXPIRED: HTTPStatus.GONE,
    ErrorKind.LINK_USED: HTTPStatus.GONE,
    ErrorKind.SESSION_MISSING: HTTPStatus.FORBIDDEN,
    ErrorKind.WRONG_USER: HTTPStatus.CONFLICT,
    ErrorKind.NO_ORGANISATION: HTTPStatus.CONFLICT,
    ErrorKind.NO_PRO: HTTPStatus.CONFLICT,
    ErrorKind.NOT_CONNECTED: HTTPStatus.CONFLICT,
    ErrorKind.APP_REFUSED: HTTPStatus.BAD_GATEWAY,
    ErrorKind.SECRET_REFUSED: HTTPStatus.CONFLICT,
    ErrorKind.SHOP_TOKEN_REFUSED: HTTPStatus.CONFLICT,
    ErrorKind.RESOURCE_CHANGED: HTTPStatus.CONFLICT,
    ErrorKind.SAVE_REFUSED: HTTPStatus.CONFLICT,
    ErrorKind.CONFIGURATION: HTTPStatus.CONFLICT,
    ErrorKind.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorKind.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.DINERO_UNAVAILABLE: HTTPStatus.BAD_GATEWAY,
    ErrorKind.CLUSTER_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorKind.FORM_FOREIGN: HTTPStatus.FORBIDDEN,
    ErrorKind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorKind.METHOD: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorKind.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class FieldProblem(StrEnum):
    """What must be corrected on a page before it can be left; shown above its form."""

    CHOOSE_ORGANISATION = "choose_organisation"
    CHOOSE_TRIGGER = "choose_trigger"
    CHOOSE_ACCOUNT = "choose_account"
    UNKNOWN_ORGANISATION = "unknown_organisation"
    """It was in the list when the page was made, and is not any more; or it never was."""
    UNKNOWN_ACCOUNT = "unknown_account"
    ORGANISATION_WITHOUT_PRO = "organisation_without_pro"
    CHANGED_MEANWHILE = "changed_meanwhile"
    SAVE_REFUSED = "save_refused"


def kind_of(error: OperatorError) -> ErrorKind:
    """The page for an error that a look at Dinero or the shop ended with; its ``str()`` may be the page's ``detail``.

    For an error of the shop alone, or of the token endpoint, the caller knows better.
    """
    match error:
        case SubscriptionMissing():
            return ErrorKind.NO_PRO
        case CredentialsRejected():
            return ErrorKind.NOT_CONNECTED
        case InvalidConfiguration(reason="NoOrganisation"):
            return ErrorKind.NO_ORGANISATION
        case InvalidConfiguration(reason="UnknownOrganisation" | "OrganisationChanged"):
            return ErrorKind.WRONG_USER
        case InvalidConfiguration():
            return ErrorKind.CONFIGURATION
        case RateLimited():
            return ErrorKind.BUSY
        case _:
            return ErrorKind.DINERO_UNAVAILABLE
