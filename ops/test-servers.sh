#!/bin/sh
# Runs a command while the servers that the tests need are installed beside it, if they are missing:
#   ops/test-servers.sh make check
# A server that must be built takes minutes. The tests that need it come last, wait for it, and tell when it failed.
set -eu
cd -- "$(dirname -- "$0")/.."

.venv/bin/python -m tests.support.servers &
installing=$!
# Where the command ends nothing is left of the installation; the next run goes on with it.
trap '{ kill "$installing"; wait "$installing"; } 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$@"
