#!/bin/sh
# Prints the path of the control plane for tests; builds it once for each state of its sources, with Go's ordinary client.
# With --built it builds nothing: it takes minutes the first time, which a test run is not to be surprised by.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
name=controlplane-$(cat go.mod go.sum ./*.go kube-apiserver.flags build.sh | cksum | tr ' ' -)
folder=$(cd ../.. && pwd)/.cache/bin
if [ ! -x "$folder/$name" ]; then
    command -v go >/dev/null || { echo "Go is not installed, and nothing else gives one" >&2; exit 1; }
    if [ "${1:-}" = --built ]; then echo "it is not built yet; run tests/controlplane/build.sh" >&2; exit 1; fi
    release=$(sed -n 's|^require k8s.io/kubernetes ||p; s|^\tk8s.io/kubernetes ||p' go.mod)
    minor=${release#v1.}
    set -- "gitVersion=$release" gitMajor=1 "gitMinor=${minor%%.*}" gitTreeState=clean
    flags="-s -w"
    for value; do
        flags="$flags -X k8s.io/component-base/version.$value"
    done
    mkdir -p "$folder"
    building=$folder/.$name-$$
    trap 'rm -f "$building"' EXIT
    # Another release's build is of no use any more. Two processes at a time: it takes minutes, and others work here too.
    CGO_ENABLED=0 nice -n 10 go build -p 2 -mod=readonly -trimpath -ldflags "$flags" -o "$building" . >&2
    rm -f "$folder"/controlplane-*
    mv "$building" "$folder/$name"
fi
echo "$folder/$name"
