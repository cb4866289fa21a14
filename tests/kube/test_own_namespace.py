"""Where the program itself lives."""

from pathlib import Path

from dinero_operator.kube.connection import own_namespace


def test_the_service_accounts_namespace(tmp_path: Path) -> None:
    path = tmp_path / "namespace"
    path.write_text("dinero-system\n", encoding="utf-8")
    assert own_namespace(path) == "dinero-system"


def test_outside_of_a_pod(tmp_path: Path) -> None:
    assert own_namespace(tmp_path / "namespace") == "default"
    path = tmp_path / "empty"
    path.write_text("", encoding="utf-8")
    assert own_namespace(path) == "default"
    path.write_bytes(b"\xff")
    assert own_namespace(path) == "default"
