"""Runs the etcd and kube-apiserver of a folder just as ``main.go`` does: same flags, same line, same end.

``python kubebuilder_assets.py FOLDER [--data FOLDER] [-- FLAG-OF-KUBE-APISERVER...]``
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import random
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import yaml
from kubebuilder_keys import make_keys, pem_data

CONTEXT = "dinero-test"
FLAGS = Path(__file__).with_name("kube-apiserver.flags")
STARTS_WITHIN = 60.0
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Start both, tell when they are ready, and end with the parent. Exits with 1 when one of them fails."""
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    parser = argparse.ArgumentParser()
    parser.add_argument("assets", type=Path)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args(sys.argv[1:split])
    ended: list[bool] = []
    _die_with_parent(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT):
        # A flag, not an exception: that could come in the middle of the clearing up.
        signal.signal(number, lambda *_: ended.append(True))
    folder = (given.data or Path(tempfile.mkdtemp(prefix="controlplane-"))).absolute()
    children: list[subprocess.Popen[bytes]] = []
    try:
        _run(given.assets, folder, sys.argv[split + 1 :], children, ended)
    finally:
        for child in children:
            child.kill()
            child.wait()
        if given.data is None:
            shutil.rmtree(folder, ignore_errors=True)


def _run(
    assets: Path, folder: Path, more: list[str], children: list[subprocess.Popen[bytes]], ended: list[bool]
) -> None:
    keys = folder / "pki"
    if not (keys / "complete").exists():
        make_keys(keys)
        (keys / "complete").touch()
    store = f"http://127.0.0.1:{_port(folder / 'etcd-port')}"
    peer = f"http://127.0.0.1:{_port(folder / 'etcd-peer-port')}"
    port = _port(folder / "port")
    etcd = {
        "data-dir": str(folder / "etcd"),
        "listen-client-urls": store,
        "advertise-client-urls": store,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"default={peer}",
        "log-level": "error",
    }
    given = [f"--{name}={value}" for name, value in etcd.items()]
    children.append(_start([str(assets / "etcd"), "--unsafe-no-fsync", *given]))
    lines = [line for line in FLAGS.read_text(encoding="utf-8").splitlines() if line.startswith("--")]
    flags = [line.format(folder=folder, port=port, etcd=store) for line in lines]
    children.append(_start([str(assets / "kube-apiserver"), *flags, *more]))
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(_kubeconfig(keys, port), encoding="utf-8")
    deadline = time.monotonic() + STARTS_WITHIN
    version = ""
    while all(child.poll() is None for child in children):
        if not version:
            version = _version_when_ready(keys, port)
            if version:
                sys.stdout.write(json.dumps({"kubeconfig": str(kubeconfig), "version": version}) + "\n")
                sys.stdout.flush()
            elif time.monotonic() > deadline:
                sys.exit("kube-apiserver was not ready in time")
        heard, _, _ = select.select([sys.stdin], [], [], 0.1)
        if ended or (heard and not os.read(sys.stdin.fileno(), 4096)):
            return
    sys.exit("a server has ended by itself")


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the command is ours
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        preexec_fn=lambda: _die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - there is one thread
    )


def _die_with_parent(number: signal.Signals) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number))


def _port(file: Path) -> int:
    """A free port, the same at each start; below those that systems give to outgoing connections."""
    if file.exists():
        return int(file.read_text(encoding="utf-8"))
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            file.write_text(str(port), encoding="utf-8")
            return port
    sys.exit("no free port found")


def _version_when_ready(keys: Path, port: int) -> str:
    """The server's version; empty while it is not ready."""
    context = ssl.create_default_context(cafile=str(keys / "ca.crt"))
    context.load_cert_chain(keys / "admin.crt", keys / "admin.key")
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        for path in ("readyz", "api/v1/namespaces/default", "version"):
            with opener.open(f"https://127.0.0.1:{port}/{path}", timeout=5) as answer:
                body = answer.read()
    except (OSError, ValueError):
        return ""
    return str(json.loads(body)["gitVersion"])


def _kubeconfig(keys: Path, port: int) -> str:
    cluster = {
        "server": f"https://127.0.0.1:{port}",
        "certificate-authority-data": pem_data(keys / "ca.crt"),
    }
    user = {
        "client-certificate-data": pem_data(keys / "admin.crt"),
        "client-key-data": pem_data(keys / "admin.key"),
    }
    context = {"cluster": CONTEXT, "user": CONTEXT}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": cluster}],
            "users": [{"name": CONTEXT, "user": user}],
            "contexts": [{"name": CONTEXT, "context": context}],
            "current-context": CONTEXT,
        }
    )


if __name__ == "__main__":
    main()
