#!/bin/sh
# Prints the path of a helm: $HELM, the one on the PATH, or one that Go's ordinary client builds once into .cache/bin.
set -eu
version=v3.22.0
kubernetes=37 # the minor version whose client it is built on, which `go install` alone does not tell it
folder=$(cd "$(dirname "$0")/../.." && pwd)/.cache/bin

if [ -n "${HELM:-}" ]; then echo "$HELM"; exit; fi
if command -v helm; then exit; fi
if [ ! -x "$folder/helm-$version" ]; then
    command -v go >/dev/null || { echo "neither helm nor go is installed" >&2; exit 1; }
    building=$folder/building-$$
    trap 'rm -rf "$building"' EXIT
    pkg=helm.sh/helm/v3
    flags="-s -w -X $pkg/internal/version.version=$version"
    for place in chartutil lint/rules; do
        flags="$flags -X $pkg/pkg/$place.k8sVersionMajor=1 -X $pkg/pkg/$place.k8sVersionMinor=$kubernetes"
    done
    GOBIN=$building CGO_ENABLED=0 nice go install -trimpath -ldflags "$flags" "$pkg/cmd/helm@$version" >&2
    mv "$building/helm" "$folder/helm-$version"
fi
echo "$folder/helm-$version"
