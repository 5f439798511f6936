"""JSON from a file, or from what is piped in."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from enterprise_service.bundles.faults import quoted
from enterprise_service.cli.exit_codes import ExitCode, Failure


def read_object(name: str) -> dict[str, Any]:
    """The JSON object in the file of that name; `-` is stdin. Raises ``Failure``."""
    try:
        read = json.loads(_text(name), object_pairs_hook=_object)
    except RecursionError as error:
        raise _refusal(name, "it is nested too deep") from error
    except ValueError as error:
        raise _refusal(name, f"it isn't JSON: {error}".lower()) from error
    if not isinstance(read, dict):
        raise _refusal(name, "it is no JSON object")
    return read


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(name, "it isn't text in utf-8") from error
    except OSError as error:
        raise _refusal(name, (error.strerror or str(error)).lower()) from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{quoted(twice)} is there twice")
    return found


def _refusal(name: str, why: str) -> Failure:
    return Failure(ExitCode.INPUT, f"{'stdin' if name == '-' else quoted(name)} can't be used: {why}")
