#!/bin/sh
# Runs all tests in two halves side by side: one mostly waits for other programs, the other mostly computes.
#   ops/tests.sh PYTHON
set -u
cd -- "$(dirname -- "$0")/.."
python=$1
waiting='tests/faults tests/simulation tests/docs tests/casbin'
said=$(mktemp)
other=
# Whatever ends this script ends both halves.
trap 'rm -f -- "$said"; [ -z "$other" ] || kill "$other" 2>/dev/null' EXIT
trap 'exit 130' INT TERM

# Unquoted on purpose: one word for each folder.
# shellcheck disable=SC2086
"$python" -m pytest -o cache_dir=.pytest_cache/waiting $waiting >"$said" 2>&1 &
other=$!
# shellcheck disable=SC2046
"$python" -m pytest $(printf -- '--ignore=%s ' $waiting)
one=$?
wait "$other"
two=$?
other=
echo
echo "And $waiting:"
cat "$said"
[ "$one" = 0 ] && [ "$two" = 0 ]
