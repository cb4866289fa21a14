"""A DineroIntegration with every field that there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FULL_STATUS: dict[str, Any] = {
    "observedGeneration": 1,
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "observedGeneration": 1,
            "lastTransitionTime": "2026-11-02T09:00:00Z",
            "reason": "Succeeded",
            "message": "The last run succeeded.",
        }
    ],
    "organisation": {"id": 123456, "name": "Demo ApS"},
    "account": {"number": 55100, "name": "Webshop salg"},
    "choices": {
        "organisations": [{"id": 123456, "name": "Demo ApS"}],
        "accounts": [{"number": 55100, "name": "Webshop salg"}],
    },
    "connect": {"url": "https://example.com/connect/x", "expiresAt": "2026-11-02T10:00:00Z"},
    "startFrom": "2026-11-01",
    "watermark": "2026-11-02T09:55:00+01:00",
    "lastSyncTime": "2026-11-02T09:00:00Z",
    "lastHandledReconcileAt": "now",
    "orders": {"booked": 12, "drafted": 1, "credited": 2, "held": 3, "pending": 4},
    "held": [
        {
            "orderId": "1234567",
            "orderNumber": "1042",
            "reason": "GiftCard",
            "message": "A gift card pays. Book it by hand.",
            "since": "2026-11-02T09:00:00Z",
        }
    ],
    "lastBooked": {"orderNumber": "1041", "invoiceNumber": 2077, "time": "2026-11-02T09:00:00Z"},
}


def full_manifest() -> dict[str, Any]:
    """The full example, with what it leaves out for being equal to something else, and a status."""
    path = Path(__file__).parents[2] / "examples" / "full.yaml"
    manifest: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for accounts in manifest["spec"]["sales"].values():
        accounts.setdefault("shipping", accounts["goods"])
    return {**manifest, "status": FULL_STATUS}
