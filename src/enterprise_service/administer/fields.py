"""The fields of a wish: what must be there, and what a merge patch (RFC 7396) makes of a record's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.values.windows import ALWAYS, Window
from enterprise_service.administer.wish import Wish


def required(wish: Wish, name: str) -> Any:  # noqa: ANN401 - what the field has is known where it is asked for
    """The value of the field ``name``. Raises ``InvalidRequestError`` there when it is missing."""
    value = wish.fields.get(name)
    if value is None:
        raise InvalidRequestError.at(f"/{name}", "is missing")
    return value


def identity(wish: Wish) -> str:
    """The id that ``wish`` names. Raises ``InvalidRequestError`` when it names none."""
    if wish.id is None:
        raise InvalidRequestError.at("/id", "is missing")
    return wish.id


def patch(wish: Wish, empty: Mapping[str, object]) -> dict[str, Any]:
    """The fields that ``wish`` sets, with what ``empty`` has in the place of each that it takes away.

    Raises ``InvalidRequestError`` at the first that can't be taken away.
    """
    for name, value in wish.fields.items():
        if value is None and name not in empty:
            raise InvalidRequestError.at(f"/{name}", "can't be taken away")
    return {name: empty[name] if value is None else value for name, value in wish.fields.items()}


def pairs(
    kept: tuple[tuple[str, str], ...], attributes: Mapping[str, str | None] | None
) -> tuple[tuple[str, str], ...]:
    """``kept`` with ``attributes`` merged into it, key by key; nothing is left when they are taken away as a whole."""
    merged = {} if attributes is None else {**dict(kept), **attributes}
    return tuple(sorted((key, value) for key, value in merged.items() if value is not None))


def window(fields: Mapping[str, Any], kept: Window = ALWAYS) -> Window:
    """``kept`` with the bounds that ``fields`` set. Raises ``InvalidRequestError`` when it would hold no moment."""
    try:
        return Window(fields.get("starts_at", kept.starts_at), fields.get("ends_at", kept.ends_at))
    except ValueError as error:
        raise InvalidRequestError.at("/ends_at", str(error)) from error
