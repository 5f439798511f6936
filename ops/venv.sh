#!/bin/sh
# Makes .venv, or finds that it is as it should be. Needs Python 3.11 to 3.14 and no other tool, no root.
#   ops/venv.sh        what the service runs with (requirements.lock)
#   ops/venv.sh dev    that and what the tests need (requirements-dev.lock)
#   PYTHON=python3.13 ops/venv.sh    with this Python
set -eu
cd -- "$(dirname -- "$0")/.."
# Settings that would send an installation to another place than .venv.
unset PIP_TARGET PIP_PREFIX PIP_USER PYTHONHOME PYTHONPATH

kind=${1:-runtime}
case $kind in
  runtime) lock=requirements.lock ;;
  dev) lock=requirements-dev.lock ;;
  *) echo "usage: ops/venv.sh [dev]" >&2; exit 64 ;;
esac
made=.venv/made # copies of what .venv was made from: compared whole, so nothing needs a hash tool
python=.venv/bin/python

say() { printf 'venv: %s\n' "$1" >&2; }

# The real interpreter behind the command $1 (not a pyenv shim, not a .venv that is about to go), when it will do.
interpreter() {
  "$1" -c 'import ensurepip, os, sys, venv
print(os.path.realpath(sys._base_executable))
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

find_python() {
  for command in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
    found=$(interpreter "$command") && [ -n "$found" ] && return
  done
  say "no Python 3.11 to 3.14 with venv and ensurepip was found; type: $(how_to_get_one)"
  exit 2
}

how_to_get_one() {
  if command -v apt-get >/dev/null; then
    # The package of a system whose own python3 is older than 3.11 wouldn't do.
    old='import sys; sys.exit(sys.version_info >= (3, 11))'
    if /usr/bin/python3 -c "$old" 2>/dev/null; then
      echo "sudo apt-get install python3.11-venv"
    else
      echo "sudo apt-get install python3-venv"
    fi
  elif [ "$(uname)" = Darwin ]; then
    echo "brew install python@3.13"
  else
    echo "PYTHON=/path/to/python3 $0 $kind"
  fi
}

# Where the tree is and which Python it has: a tree that moved, and a Python that went or was replaced, show here.
identity() {
  "$python" -c 'import os, sys
print(os.getcwd(), sys.version, os.path.realpath(sys._base_executable), sep="\n")' 2>/dev/null
}

wanted_python() {
  [ -z "${PYTHON:-}" ] || ! wanted=$(interpreter "$PYTHON") || [ "$wanted" = "$(tail -n 1 "$made/identity")" ]
}

in_place() {
  [ -f "$made/identity" ] && [ "$(identity)" = "$(cat "$made/identity")" ] && wanted_python
}

# A dev environment has a copy of both locks: it serves as a runtime one.
has_lock() { cmp -s "$lock" "$made/$lock"; }

has_project() { cmp -s pyproject.toml "$made/pyproject.toml" && cmp -s setup.py "$made/setup.py"; }

# Two runs at once would write into each other's .venv. The kernel keeps this lock for the open file, so it
# ends with this process, however that ends.
wait_for_others() {
  exec 9>.venv.lock
  "$found" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
}

make_environment() {
  say "making .venv with $found"
  rm -rf .venv
  "$found" -m venv .venv
  mkdir "$made"
}

# What is done is noted last and forgotten first: a run that is killed in the middle leaves no note of success.
install_lock() {
  say "installing $lock"
  rm -f "$made/identity"
  pip_install --require-hashes --only-binary :all: -r "$lock"
  cp requirements.lock "$made/"
  [ "$kind" = runtime ] || cp requirements-dev.lock "$made/"
}

install_project() {
  say "installing the project, editable"
  rm -f "$made/pyproject.toml"
  pip_install --no-build-isolation --editable .
  cp pyproject.toml setup.py "$made/"
}

pip_install() {
  "$python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps "$@"
}

is_ready() { in_place && has_lock && has_project; }

# What the tests need goes on top of an unchanged runtime environment. Any other change of a lock makes .venv
# anew, since pip doesn't take away what a lock no longer names.
can_be_added_to() {
  in_place && { has_lock || { cmp -s requirements.lock "$made/requirements.lock" && [ ! -e "$made/requirements-dev.lock" ]; }; }
}

is_ready && exit 0
find_python
wait_for_others
is_ready && exit 0
can_be_added_to || make_environment
has_lock || install_lock
has_project || install_project
identity >"$made/identity"
say "ready"
