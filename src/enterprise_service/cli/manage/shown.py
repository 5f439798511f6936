"""Records, edits and changes in lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from enterprise_service.bundles.faults import printable
from enterprise_service.cli.output import table_lines

Fields = Mapping[str, Any]

_KNOWN_BY: Final = ("name", "subject", "role", "roles")
_DONE: Final = {"create": "created", "update": "updated", "delete": "deleted"}


def text_of(value: object) -> str:
    """``value`` in a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict():
            return _object_text(value)
        case list():
            return ", ".join(map(text_of, value))
        case _:
            return printable(str(value))


def _object_text(value: Fields) -> str:
    """The name of a role, a permission, or whatever it is."""
    if value.keys() == {"domain", "id"}:
        return f"{text_of(value['domain'])}/{text_of(value['id'])}"
    if {"resource", "action"} <= value.keys() <= {"resource", "action", "effect"}:
        return " ".join(text_of(value.get(name, "allow")) for name in ("effect", "action", "resource"))
    return ", ".join(f"{printable(str(name))}={text_of(inner)}" for name, inner in value.items())


def list_lines(columns: Sequence[tuple[str, str]], items: Sequence[Fields]) -> Iterator[str]:
    """A table of ``items``: each column has a title and a field; of a field after ``#`` there is only how many."""
    if items:
        titles = [title for title, _ in columns]
        yield from table_lines([titles, *([_cell(item, name) for _, name in columns] for item in items)])


def _cell(item: Fields, name: str) -> str:
    return str(len(item.get(name[1:]) or ())) if name[0] == "#" else text_of(item.get(name))


def record_lines(record: Fields) -> Iterator[str]:
    """The fields of ``record``, one below the other; each permission in a line of its own."""
    rows = [row for name, value in record.items() for row in _rows(name, value)]
    return table_lines(rows) if rows else iter(())


def _rows(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, list) and len(value) > 1:
        texts = map(text_of, value)
        yield printable(name), next(texts)
        yield from (("", text) for text in texts)
    else:
        yield printable(name), text_of(value)


def name_of(record: Fields) -> str:
    """The record that an edit is about: its kind, id and domain."""
    kind, key, domain = (text_of(record.get(name)) for name in ("kind", "id", "domain"))
    return f"{kind} {key} in {domain}"


def edit_lines(edits: Iterable[Fields]) -> Iterator[str]:
    """Each edit, and below it the fields that differ."""
    for edit in edits:
        yield f"{text_of(edit.get('op'))} {name_of(edit)}{_about(edit)}"
        yield from _differences(edit.get("before"), edit.get("after"))


def _about(edit: Fields) -> str:
    """What people know the record by, where its id says nothing: its name, or who has which role."""
    record = edit.get("before") or edit.get("after")
    known = [text_of(record.get(name)) for name in _KNOWN_BY] if isinstance(record, dict) else []
    told = ", ".join(filter(None, known))
    return f": {told}" if told else ""


def _differences(before: object, after: object) -> Iterator[str]:
    match before, after:
        case dict(), dict():
            for name in (*before, *(name for name in after if name not in before)):
                if before.get(name) != after.get(name):
                    yield f"  {printable(name)}: {_told(before.get(name))} -> {_told(after.get(name))}"


def _told(value: object) -> str:
    return text_of(value) or "nothing"


def count_of(edits: Sequence[Fields]) -> str:
    """How many were created, updated and deleted, in words."""
    counts = Counter(edit.get("op") for edit in edits)
    return ", ".join(f"{counts[op]} {done}" for op, done in _DONE.items() if counts[op]) or "nothing to do"


def change_lines(change: Fields) -> Iterator[str]:
    """A change: who made it, when and why, then its edits."""
    yield from record_lines({name: value for name, value in change.items() if name not in ("edits", "skipped")})
    yield from edit_lines(change.get("edits") or ())


def dry_run_lines(answer: Fields) -> Iterator[str]:
    """What would be done, and who would gain and lose by it, as far as the service tells."""
    edits = answer.get("edits") or []
    yield from edit_lines(edits)
    match answer.get("impact"):
        case {"gained": gained, "lost": lost, "items": list(items), **more}:
            yield from map(_impact, items)
            yield f"gained: {gained}, lost: {lost}{'' if more.get('complete') else ', and perhaps more'}"
    yield f"dry run: {count_of(edits)}"


def _impact(item: Fields) -> str:
    subject, change, action, resource, domain = (
        text_of(item.get(name)) for name in ("subject", "change", "action", "resource", "domain")
    )
    return f"{subject} {change} {action} {resource} in {domain}"
