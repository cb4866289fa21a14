#!/bin/sh
# Moves go.mod to another release of Kubernetes: ./upgrade.sh v1.37.2
# The staging modules of a release are published as v0.MINOR.PATCH; only `replace` lines tell Go so.
set -eu
cd "$(dirname "$0")"
release=$1
pinned=$(go mod download -json "k8s.io/kubernetes@$release" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
cat >go.mod <<END
module controlplane

$(grep '^go ' "$pinned")

require k8s.io/kubernetes $release

replace (
$(sed -n "s|^\s*\(k8s.io/[a-z-]*\) => .*|	\1 => \1 v0.${release#v1.}|p" "$pinned")
)
END
nice go mod tidy
