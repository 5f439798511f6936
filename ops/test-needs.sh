#!/bin/sh
# Sees to the programs that the tests need besides Python and servers. Installs nothing when all are there.
set -eu

needed='curl openssl' # one word for each; on Debian, Ubuntu and Homebrew a program's package has its name
missing=
for program in $needed; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

say() { printf 'test-needs: %s\n' "$1" >&2; }

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  say "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update >&2
  # Unquoted on purpose: one word for each program.
  # shellcheck disable=SC2086
  apt-get -qq install --yes --no-install-recommends $missing >&2
elif command -v apt-get >/dev/null; then
  say "the tests need$missing; type: sudo apt-get install$missing"
  exit 2
elif [ "$(uname)" = Darwin ]; then
  say "the tests need$missing; type: brew install$missing"
  exit 2
else
  say "the tests need$missing; install them with this system's package manager"
  exit 2
fi
