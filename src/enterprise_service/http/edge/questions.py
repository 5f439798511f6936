"""What is asked, read from a body: fast when nothing is unusual, else by the strict reader.

The fast way is exact. A body without a backslash has two quotation marks for each key and text in it; when there are as
many as the fields that were decoded need, no key came twice. Whatever the fast way doesn't take, for whatever reason,
the strict reader judges, and it alone says what is wrong.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import UNSET, MsgspecError, Struct, UnsetType, field
from msgspec.json import Decoder

from enterprise_policy.values.names import action_fault, id_fault, resource_fault, subject_fault
from enterprise_service.http.edge import strict_questions
from enterprise_service.http.edge.asked import CHECKS_LIMIT, Ask, Batch, Revision

_Text: TypeAlias = str | UnsetType


class _Check(Struct, forbid_unknown_fields=True, gc=False):
    subject: _Text = field(default=UNSET, name="sub")
    domain: _Text = field(default=UNSET, name="dom")
    resource: _Text = field(default=UNSET, name="obj")
    action: _Text = field(default=UNSET, name="act")
    explain: bool | UnsetType = UNSET


class _Batch(_Check, kw_only=True):
    checks: list[_Check]
    at_least: Revision = 0


_decode_ask: Final = Decoder(Ask).decode
_decode_batch: Final = Decoder(_Batch).decode

# Keys and texts of the four parts that a question always has.
_STRINGS: Final = 8


def read_ask(body: bytes) -> Ask:
    """The question that ``body`` asks. Raises ``InvalidJsonError`` or ``InvalidRequestError``."""
    try:
        ask = _decode_ask(body)
    except (MsgspecError, UnicodeDecodeError):
        return strict_questions.read_ask(body)
    strings = _STRINGS + (ask.at_least > 0) + ask.explain
    if body.count(b'"') != 2 * strings or b"\\" in body or _breaks_grammar(ask):
        return strict_questions.read_ask(body)
    return ask


def _breaks_grammar(ask: Ask) -> bool:
    return bool(
        subject_fault(ask.subject) or id_fault(ask.domain) or resource_fault(ask.resource) or action_fault(ask.action)
    )


def read_batch(body: bytes) -> Batch:
    """The questions that ``body`` asks. Raises ``InvalidJsonError`` or ``InvalidRequestError``."""
    try:
        batch = _decode_batch(body)
    except (MsgspecError, UnicodeDecodeError):
        return strict_questions.read_batch(body)
    strings = 1 + (batch.at_least > 0) + _strings(batch) + sum(map(_strings, batch.checks))
    if body.count(b'"') != 2 * strings or b"\\" in body or not 1 <= len(batch.checks) <= CHECKS_LIMIT:
        return strict_questions.read_batch(body)
    checks = _resolve(batch)
    if checks is None:
        return strict_questions.read_batch(body)
    return Batch(checks, batch.at_least)


def _strings(check: _Check) -> int:
    """How many keys and texts ``check`` was made of."""
    texts = (check.subject, check.domain, check.resource, check.action)
    return 2 * (len(texts) - texts.count(UNSET)) + (check.explain is not UNSET)


def _resolve(batch: _Batch) -> list[Ask] | None:
    """The checks with their defaults; ``None`` when one isn't whole, or something breaks the grammar."""
    asks = [_with_defaults(check, batch) for check in batch.checks]
    whole = [ask for ask in asks if ask is not None]
    broken = len(whole) < len(asks) or any(map(_breaks_grammar, whole)) or _default_breaks_grammar(batch)
    return None if broken else whole


def _with_defaults(check: _Check, batch: _Batch) -> Ask | None:
    subject = check.subject if isinstance(check.subject, str) else batch.subject
    domain = check.domain if isinstance(check.domain, str) else batch.domain
    resource = check.resource if isinstance(check.resource, str) else batch.resource
    action = check.action if isinstance(check.action, str) else batch.action
    explain = batch.explain if check.explain is UNSET else check.explain
    if subject is UNSET or domain is UNSET or resource is UNSET or action is UNSET:
        return None
    return Ask(subject, domain, resource, action, explain=explain is True)


def _default_breaks_grammar(batch: _Batch) -> bool:
    """Whether some default does; the checks may all have their own."""
    given = (
        (batch.subject, subject_fault),
        (batch.domain, id_fault),
        (batch.resource, resource_fault),
        (batch.action, action_fault),
    )
    return any(isinstance(text, str) and fault_of(text) for text, fault_of in given)
