#!/bin/sh
# Writes requirements.lock and requirements-dev.lock from pyproject.toml, for every platform, with hashes.
#   ops/lock.sh              keeps each version that still satisfies pyproject.toml
#   ops/lock.sh --upgrade    takes the newest versions
set -eu
cd -- "$(dirname -- "$0")/.."

uv_version=0.13.9
say() { printf 'lock: %s\n' "$1" >&2; }

# The resolver lives in a folder of its own, so that it never becomes a dependency of the project.
tool=$(mktemp -d)
trap 'rm -rf -- "$tool"' EXIT
trap 'exit 130' INT TERM
say "fetching uv $uv_version"
"${PYTHON:-python3}" -m venv "$tool"
"$tool/bin/pip" install --quiet --disable-pip-version-check "uv==$uv_version"

# No index may be named in a lock: whoever installs chooses where the packages come from, the hashes say which.
compile() {
  group=$1
  lock=$2
  shift 2
  say "writing $lock"
  "$tool/bin/uv" pip compile pyproject.toml --group "$group" --output-file "$lock" \
    --universal --python-version 3.11 --generate-hashes --only-binary :all: \
    --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command ops/lock.sh "$@"
}

compile build requirements.lock "$@"
# The runtime's lock constrains the other one: what is tested is what is installed.
compile dev requirements-dev.lock --constraints requirements.lock "$@"
