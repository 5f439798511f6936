"""Lists of the HTTP contract, page after page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from enterprise_service.cli.conversation import Answer, Conversation, strange
from enterprise_service.cli.output import note

PAGE: Final = 500
"""The longest page that there is."""

Ask: TypeAlias = Callable[[Mapping[str, Any]], Answer]
"""Asks for a page by its ``limit`` and ``cursor``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The ``items`` of a list, whether there are ``more``, and what was said with the last page."""

    items: Sequence[Mapping[str, Any]]
    more: bool
    last: Answer


def read_list(conversation: Conversation, path: str, query: Mapping[str, str], limit: int | None = None) -> Listing:
    """The list at ``path``, to its end or up to ``limit`` items. Raises ``Failure``."""

    def ask(page: Mapping[str, Any]) -> Answer:
        return conversation.get(path, {**query, **{name: str(value) for name, value in page.items()}})

    return read_pages(ask, limit)


def read_pages(ask: Ask, limit: int | None) -> Listing:
    """The list whose pages ``ask`` gives. Raises ``Failure`` when one can't be had, or is none."""
    items: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while True:
        size = PAGE if limit is None else min(PAGE, limit - len(items))
        answer = ask({"limit": size, **({} if cursor is None else {"cursor": cursor})})
        found, following = _page(answer, cursor)
        items.extend(found)
        if following is None or (limit is not None and len(items) >= limit):
            return Listing(items=items[:limit], more=following is not None, last=answer)
        cursor = following


def _page(answer: Answer, cursor: str | None) -> tuple[Sequence[Mapping[str, Any]], str | None]:
    """The items, and the cursor of the next page, which is another one."""
    match answer.fields:
        case {"items": list(items), "next_cursor": (None | str()) as following} if answer.status == HTTPStatus.OK:
            if all(isinstance(item, dict) for item in items) and (following is None or following != cursor):
                return items, following
    raise strange("the service")


def tell_of(listing: Listing) -> None:
    """Say on stderr what the list itself doesn't show."""
    if not listing.items:
        note("there is nothing, as far as you may see")
    if listing.more:
        note("there is more: this is as much as --limit allows")


def tell_age(answer: Answer) -> None:
    """Say on stderr how long ago it was confirmed that an answer is the newest."""
    age = answer.headers.get("x-policy-staleness-ms", "0")
    if age.isascii() and age.isdigit() and int(age) > 0:
        note(f"this was confirmed {int(age) / 1000:.1f} s ago")
