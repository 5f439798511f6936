"""The promises of ``Tokens``, on every adapter."""

from __future__ import annotations

from enterprise_adapters.memory import MemoryTokens
from tests.support.threads import at_once


def test_a_token_speaks_for_its_subject_to_every_thread() -> None:
    """Tokens 1: to eight at once."""
    tokens = MemoryTokens({f"token-{number}": f"subject-{number}" for number in range(8)})
    assert at_once(8, lambda number: tokens.subject(f"token-{number}")) == [f"subject-{number}" for number in range(8)]


def test_what_is_no_valid_token_speaks_for_nobody() -> None:
    """Tokens 2: a stranger's, a part of one, one that has ended."""
    valid = {"token": "alice"}
    tokens = MemoryTokens(valid)
    assert [tokens.subject(given) for given in ("another", "tok", "token ", "")] == [None] * 4
    assert tokens.subject("token") == "alice"
    valid.clear()
    assert tokens.subject("token") is None
