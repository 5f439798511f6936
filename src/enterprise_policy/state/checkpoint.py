"""The whole state as bytes: canonical, so that equal states give equal bytes, and compressed.

Lines of canonical JSON: a header, then each record in the order of kind, home and id. What follows from the records
(the indexes, the assignments that follow from providers) isn't written but made again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from rpds import HashTrieMap

from enterprise_policy.state.assignment import Source
from enterprise_policy.state.chain import Position
from enterprise_policy.state.change import canonical, understood
from enterprise_policy.state.edits import RECORD_TYPES
from enterprise_policy.state.fold import place
from enterprise_policy.state.idempotency import IdempotencyKeys, Remembered
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind, Versioned

FORMAT: Final = 1

_ORDER: Final = (
    Kind.MODEL,
    Kind.CATALOGUE,
    Kind.ORGANIZATION,
    Kind.CLINIC,
    Kind.ROLE,
    Kind.PROVIDER_ASSIGNMENT,
    Kind.ASSIGNMENT,
    Kind.API_KEY,
)


def encode_state(state: PolicyState) -> bytes:
    """The bytes of ``state``."""
    lines = [canonical(_header(state)), *(canonical(line) for line in _lines(state))]
    return zlib.compress(b"\n".join(lines), level=6)


def decode_state(content: bytes) -> PolicyState:
    """The state that ``encode_state`` gave. Raises ``ValueError`` when ``content`` isn't such bytes, or is newer."""
    with understood():
        return _read(_decompressed(content).split(b"\n"))


def _decompressed(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error as error:
        raise ValueError(str(error)) from error


def _read(written: Sequence[bytes]) -> PolicyState:
    header, *lines = map(json.loads, written)
    if header["format"] > FORMAT:
        reason = f"checkpoint format {header['format']} is newer than this program's {FORMAT}"
        raise ValueError(reason)
    state = _from_header(header)
    for line in lines:
        state = place(state, _read_line(line))
    return state


def _header(state: PolicyState) -> dict[str, Any]:
    position = state.position
    return {
        "format": FORMAT,
        "position": [position.log_id, position.revision, position.chain.hex()],
        "at": state.at,
        "retired": dict(state.retired.items()),
        "remembered": [list(remembered) for remembered in state.remembered],
        "forgotten": state.remembered.oldest,
    }


def _from_header(header: dict[str, Any]) -> PolicyState:
    log_id, revision, chain = header["position"]
    remembered = IdempotencyKeys(oldest=header["forgotten"])
    for fields in header["remembered"]:
        remembered = remembered.with_key(Remembered(*fields))
    position = Position(log_id, revision, bytes.fromhex(chain))
    empty = PolicyState(position=position, at=header["at"])
    return replace(empty, retired=HashTrieMap(header["retired"]), remembered=remembered)


def _lines(state: PolicyState) -> Iterator[list[Any]]:
    for kind in _ORDER:
        for versioned in sorted(state.table(kind), key=lambda v: (v.record.home, v.record.id)):
            if kind is Kind.ASSIGNMENT and versioned.record.source is Source.PROVIDER:
                continue
            fields = versioned.record.to_fields()
            yield [kind.value, versioned.revision, versioned.created_at, versioned.updated_at, fields]


def _read_line(line: Sequence[Any]) -> Versioned[Any]:
    kind, revision, created_at, updated_at, fields = line
    return Versioned(RECORD_TYPES[Kind(kind)].from_fields(fields), revision, created_at, updated_at)
