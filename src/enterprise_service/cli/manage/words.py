"""What may stand in a command, checked before anything is sent, and what it is in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from enterprise_policy.values.names import action_fault, id_fault, resource_fault, text_fault

REASON_LIMIT: Final = 500
TEXT_LIMIT: Final = 256


def word(name: str, fault_of: Callable[[str], str | None], read: Callable[[str], Any] = str) -> Callable[[str], Any]:
    """A type for click: ``name`` is what the help calls it, ``read`` gives the JSON of a text without a fault."""

    def convert(text: str) -> Any:  # noqa: ANN401 - JSON
        fault = fault_of(text)
        if fault is not None:
            raise click.BadParameter(f"it {fault}")
        return read(text)

    convert.__name__ = name
    return convert


def _role_fault(text: str) -> str | None:
    domain, slash, role = text.rpartition("/")
    return (id_fault(domain) if slash else None) or id_fault(role)


def _read_role(text: str) -> object:
    domain, slash, role = text.rpartition("/")
    return {"domain": domain, "id": role} if slash else role


def _pair_fault(text: str) -> str | None:
    key, equals, _ = text.partition("=")
    return None if key and equals else "is no KEY=VALUE"


def _read_pair(text: str) -> tuple[str, str | None]:
    key, _, value = text.partition("=")
    return key, value or None


ID: Final = word("id", id_fault)
ROLE_NAME: Final = word("role", _role_fault, _read_role)
PAIR: Final = word("key=value", _pair_fault, _read_pair)
ACTION: Final = word("action", action_fault)
RESOURCE: Final = word("resource", resource_fault)
TEXT: Final = word("text", lambda text: text_fault(text, TEXT_LIMIT))
SUBJECT: Final = word("subject", lambda text: text_fault(text, TEXT_LIMIT))
REASON: Final = word("text", lambda text: text_fault(text, REASON_LIMIT))
TIME: Final = word("time", lambda _: None)
"""Such as ``2026-01-31T08:00:00Z``; the service says what is wrong with one."""

ANY: Final = word("text", lambda _: None)
"""A text that the service judges."""
