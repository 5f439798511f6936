"""The grammar of names (HTTP contract, section 1).

Each function says in words what is wrong with a text, or ``None`` when nothing is. Nothing is decoded, folded
or normalized: names are compared code point by code point. Every expression here takes linear time.
"""

from __future__ import annotations

import re
from typing import Final

PLATFORM: Final = "platform"
"""The root of the domain tree."""

MANAGEMENT: Final = "/management/"
"""What the program's own rights are about; only patterns that begin with it match below it."""

RESERVED_PREFIXES: Final = ("role:", "key:", "system:")
RESERVED_SUBJECT: Final = "bootstrap"

SUBJECT_LIMIT: Final = 256
RESOURCE_LIMIT: Final = 1024
ACTION_LIMIT: Final = 128

ID_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_CONTROL: Final = r"\x00-\x1f\x7f-\x9f\ud800-\udfff"
_RESERVED: Final = "|".join((*RESERVED_PREFIXES, f"{RESERVED_SUBJECT}\\Z"))
_ID: Final = re.compile(ID_PATTERN)
_TEXT: Final = re.compile(f"[^{_CONTROL}]+")
_SUBJECT: Final = re.compile(f"(?!{_RESERVED})[^{_CONTROL}]{{1,{SUBJECT_LIMIT}}}")
_ACTION: Final = re.compile(f"[^{_CONTROL}]{{1,{ACTION_LIMIT}}}")
_PATH: Final = re.compile(f"(?:/(?!\\.\\.?(?:/|\\Z))[^/{_CONTROL}]+)+")

_RESERVED_FAULT: Final = "is reserved: it begins with `role:`, `key:` or `system:`, or is `bootstrap`"


def id_fault(text: str) -> str | None:
    """What keeps ``text`` from being the id of an organization, clinic, role or provider."""
    if _ID.fullmatch(text):
        return None
    return "must be 1 to 128 letters, digits and `.`, `_`, `:`, `-`, and begin with a letter or digit"


def text_fault(text: str, limit: int) -> str | None:
    """What keeps ``text`` from being 1 to ``limit`` code points without control characters and surrogates."""
    if 0 < len(text) <= limit and _TEXT.fullmatch(text):
        return None
    if not text:
        return "must not be empty"
    if len(text) > limit:
        return f"must have at most {limit} characters"
    return "must not hold control characters or lone surrogates"


def subject_fault(text: str) -> str | None:
    """What keeps ``text`` from being a subject that may be asked about or given a role."""
    if _SUBJECT.fullmatch(text):
        return None
    return text_fault(text, SUBJECT_LIMIT) or _RESERVED_FAULT


def is_reserved(text: str) -> bool:
    """Whether ``text``, as a subject, belongs to the program."""
    return text.startswith(RESERVED_PREFIXES) or text == RESERVED_SUBJECT


def provider_fault(text: str) -> str | None:
    """What keeps ``text`` from being a provider's id, which is that provider's subject too."""
    return id_fault(text) or subject_fault(text)


def resource_fault(text: str) -> str | None:
    """What keeps ``text`` from being the resource of a question; `*` and `:x` are ordinary segments there."""
    if len(text) <= RESOURCE_LIMIT and _PATH.fullmatch(text):
        return None
    if text[:1] != "/":
        return text_fault(text, RESOURCE_LIMIT)
    return text_fault(text, RESOURCE_LIMIT) or "is a path: no empty, `.` or `..` segment, and no `/` at its end"


def action_fault(text: str) -> str | None:
    """What keeps ``text`` from being an action."""
    return None if _ACTION.fullmatch(text) else text_fault(text, ACTION_LIMIT)
