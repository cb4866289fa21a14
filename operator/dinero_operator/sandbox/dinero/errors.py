"""The API's refusals, with the bodies and codes that clients see."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from aiohttp import web

_DANISH = {
    41: "Du har ikke adgang til denne ressource.",
    42: "Valideringsfejl",
    47: "Regnskabsåret findes ikke.",
    58: "Bilaget er ændret i mellemtiden. Hent det igen.",
    72: "Findes allerede.",
    90: "Virksomheden har ikke et aktivt Pro-abonnement.",
}


class ApiError(Exception):
    """A request that the API refuses. ``code`` is the API's own number, ``status`` the one of HTTP."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        validation: Mapping[str, str] | None = None,
        machine_codes: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(f"{status}/{code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.validation = dict(validation or {})
        self.machine_codes = tuple(machine_codes) or tuple(self.validation.items())

    def response(self) -> web.Response:
        """Build the answer."""
        danish = _DANISH.get(self.code, self.message)
        body = {
            "code": self.code,
            "message": self.message,
            "validationErrors": self.validation,
            "languageSpecificMessages": [
                {"property": "message", "message": danish},
                {"property": "message", "message": self.message},
            ],
            "errorMessageList": [{"Code": code, "Message": text} for code, text in self.machine_codes],
        }
        return web.Response(
            status=self.status, body=json.dumps(body).encode(), content_type="application/json"
        )


def invalid(errors: Mapping[str, str]) -> ApiError:
    """Refuse a request that does not follow the model: property → what is wrong with it."""
    return ApiError(400, 42, "Validation Error", validation=errors)


def no_model() -> ApiError:
    """Refuse a body that is missing or is no JSON object."""
    return invalid({"globalErrors[]": "The following models are missing: model"})


def stale() -> ApiError:
    """Refuse a Timestamp that is not the document's present one."""
    return ApiError(
        400,
        58,
        "The timestamp is outdated. Get the entity again and use its new timestamp.",
        validation={"timestamp": "Timestamp is outdated."},
    )


def no_results(kind: str) -> ApiError:
    """Refuse a Guid that no document has. ``kind`` is ``Invoice``, ``CreditNote`` or ``Payment``."""
    return ApiError(400, 63, f"Invalid {kind}Guid, no results found")


def deleted(kind: str, noun: str) -> ApiError:
    """Refuse to write to a deleted object."""
    return ApiError(400, 65, f"Item is deleted: Invalid {kind}Guid, the {noun} is deleted.")


def duplicated(guid: str) -> ApiError:
    """Refuse a client's Guid that an invoice or credit note has already."""
    return ApiError(
        409,
        72,
        "Duplicated entity",
        validation={"Guid": f"An entity with guid {guid} already exists."},
        machine_codes=[("guidMustBeUnique", f"An entity with guid {guid} already exists.")],
    )


def contact_guid_taken() -> ApiError:
    """Refuse a client's Guid that a contact has already: a 400, unlike on invoices."""
    text = "ContactGuid must be unique."
    return ApiError(
        400,
        42,
        "Validation Error",
        validation={"ContactGuid": "guidMustBeUnique"},
        machine_codes=[("guidMustBeUnique", text)],
    )


def invalid_contact(guid: str) -> ApiError:
    """Refuse a document for a contact that does not exist or is deleted."""
    return ApiError(
        400,
        42,
        "Validation Error",
        validation={"ContactGuid": "invalidContactId"},
        machine_codes=[("invalidContactId", f"Contact {guid} does not exist or is deleted.")],
    )


def contact_unknown() -> ApiError:
    """Answer for a contact's Guid that nobody has: a 404, unlike on invoices."""
    return ApiError(404, 40, "Not found: the contact does not exist.")


def no_accounting_year(property_name: str, day: str) -> ApiError:
    """Refuse a date that no accounting year covers."""
    return ApiError(
        400,
        47,
        "The accounting year does not exist.",
        validation={property_name: f"No accounting year covers {day}."},
    )


def no_access() -> ApiError:
    """Refuse an organisation that the token does not reach, or a write with a token that may only read."""
    return ApiError(403, 41, "Unauthorized: insufficient permissions on the resource.")


def no_subscription() -> ApiError:
    """Refuse everything but the organisations call where there is no Pro subscription."""
    return ApiError(403, 90, "The organization has no active Pro subscription.")
