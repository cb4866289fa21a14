"""The API server's own account of who has asked it for what: its audit log."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from rendering import Json

POLICY: Json = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "rules": [
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"], "omitStages": ["RequestReceived"]},
        {"level": "None"},
    ],
}
"""A watch is told of when it begins, everything else when it is answered."""


class AuditLog:
    """What service accounts have asked for."""

    def __init__(self, folder: Path) -> None:
        self._log, self._policy = folder / "audit.log", folder / "audit-policy.yaml"
        self._policy.write_text(yaml.safe_dump(POLICY), encoding="utf-8")

    @property
    def flags(self) -> tuple[str, str]:
        """What kube-apiserver is started with. It answers when the entry is written."""
        return f"--audit-policy-file={self._policy}", f"--audit-log-path={self._log}"

    def of(self, user: str) -> list[Json]:
        """The requests of a user, in the order of their answers."""
        text = self._log.read_text(encoding="utf-8") if self._log.exists() else ""
        # The last line may be half written.
        entries = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [entry for entry in entries if entry["user"]["username"] == user]
