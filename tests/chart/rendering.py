"""What helm makes of the chart."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "dinero-operator"
NAMESPACE = "dinero-system"
RELEASE = "dinero-operator"
KUBERNETES = "1.33.0"

Json = dict[str, Any]


class Refused(Exception):
    """Helm refuses. ``str()`` is what it says."""


class Rendered:
    """The objects of a release."""

    def __init__(self, objects: list[Json]) -> None:
        self.objects = objects

    def all(self, kind: str) -> list[Json]:
        return [found for found in self.objects if found["kind"] == kind]

    def one(self, kind: str, name: str = RELEASE) -> Json:
        (found,) = [found for found in self.all(kind) if found["metadata"]["name"] == name]
        return found

    def kinds(self) -> set[str]:
        return {found["kind"] for found in self.objects}

    @property
    def workload(self) -> Json:
        """What runs the program; where each shard has a Deployment, that of the last."""
        sets, deployments = self.all("StatefulSet"), self.all("Deployment")
        assert len(sets) + bool(deployments) == 1
        return [*sets, *deployments][-1]

    @property
    def pod(self) -> Json:
        """The pod's spec."""
        spec = self.workload["spec"]["template"]["spec"]
        assert isinstance(spec, dict)
        return spec

    @property
    def container(self) -> Json:
        (found,) = self.pod["containers"]
        assert isinstance(found, dict)
        return found

    def environment(self, ordinal: int = 0) -> dict[str, str]:
        """The settings that the program finds in the pod with this ordinal."""
        places = {"metadata.labels['apps.kubernetes.io/pod-index']": str(ordinal)}
        return {
            entry["name"]: entry["value"]
            if "value" in entry
            else places[entry["valueFrom"]["fieldRef"]["fieldPath"]]
            for entry in self.container["env"]
            if entry["name"].startswith("DINERO_OPERATOR_")
        }

    def secret_files(self) -> dict[str, tuple[str, str]]:
        """What the kubelet puts into the container's files: path, and the Secret and its key."""
        volumes = {
            volume["name"]: volume["secret"] for volume in self.pod.get("volumes", []) if "secret" in volume
        }
        return {
            f"{mount['mountPath']}/{item['path']}": (secret["secretName"], item["key"])
            for mount in self.container.get("volumeMounts", [])
            if (secret := volumes.get(mount["name"])) is not None
            for item in secret["items"]
        }


class Chart:
    """The chart in a folder, and the helm that renders it."""

    def __init__(self, helm: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.helm = helm
        self.folder = folder
        self._environment = environment
        self._known: dict[str, Rendered] = {}

    def run(self, *arguments: str, values: Json | None = None, cwd: Path | None = None) -> str:
        """Run helm; gives its output. Raises ``Refused``."""
        given = ["--values", "-"] if values is not None else []
        done = subprocess.run(  # noqa: S603 - helm, without a shell
            [self.helm, *arguments, *given],
            input=json.dumps(values) if values is not None else "",
            capture_output=True,
            text=True,
            check=False,
            env=dict(self._environment),
            cwd=cwd,
        )
        if done.returncode:
            raise Refused(done.stderr + done.stdout)
        return done.stdout

    def render(self, values: Json | None = None, *, release: str = RELEASE) -> Rendered:
        """What an installation with these values would create. Raises ``Refused``."""
        key = json.dumps([values, release], sort_keys=True)
        if key not in self._known:
            text = self.run(
                *("template", release, str(self.folder), "--namespace", NAMESPACE),
                *("--kube-version", KUBERNETES),
                values=values or {},
            )
            self._known[key] = Rendered(list(documents(text)))
        return self._known[key]

    def copy(self, folder: Path) -> Chart:
        """The same chart in another folder, for a test that changes it."""
        return Chart(self.helm, Path(shutil.copytree(self.folder, folder)), self._environment)


def documents(text: str) -> Iterator[Json]:
    """The objects of a YAML stream, in its order. A key that is there twice is an error."""
    for document in yaml.load_all(text, Loader=_Strict):
        if document is not None:
            assert isinstance(document, dict), document
            yield document


class _Strict(yaml.SafeLoader):
    """Refuses keys that are there twice, which YAML forbids and PyYAML lets pass."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]  # type: ignore[no-untyped-call]
        assert len(keys) == len(set(keys)), f"a key is there twice: {keys}"
        return super().construct_mapping(node, deep)
