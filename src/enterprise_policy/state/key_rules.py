"""What an edit of an API key must not do, apart from what ``invariants.py`` asks of every record."""

from __future__ import annotations

from dataclasses import fields
from itertools import islice
from typing import Final

from enterprise_policy.errors import Fault, InUseError, InvalidRequestError, TooDeepError
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.usage import NAMED

LINE_LIMIT: Final = 8
"""How many keys a line may have, of which each was made by the one before."""


def refuse_other_key(before: ApiKey, after: ApiKey) -> None:
    """Raise ``InvalidRequestError`` at the first field, but for the name, in which ``after`` differs."""
    for field in fields(ApiKey):
        if field.name != "name" and getattr(before, field.name) != getattr(after, field.name):
            raise InvalidRequestError.at(f"/{field.name}", "can't change")


def refuse_long_line(state: PolicyState, key: ApiKey) -> None:
    """Raise ``TooDeepError`` when too many keys stand between ``key`` and whoever made the first of its line.

    What a key may do follows from its whole line, each time that it is used.
    """
    makers = islice(state.line_of(key.created_by), LINE_LIMIT)
    if 1 + len(list(makers)) > LINE_LIMIT:
        detail = f"keys that were made by keys would be more than {LINE_LIMIT} deep"
        raise TooDeepError(detail, faults=(Fault("/created_by", detail),))


def refuse_orphans(state: PolicyState, key: ApiKey) -> None:
    """Raise ``InUseError``, naming them, while there are keys that were made by ``key``: they go first."""
    made = sorted(state.keys_by.get(key.subject) or ())
    if made:
        named = ", ".join(f"key `{key_id}`" for key_id in made[:NAMED])
        raise InUseError(f"key `{key.id}` has made others, which would outlive it: {named}")
