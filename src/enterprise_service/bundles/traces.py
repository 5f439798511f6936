"""What the log tells of one record: the edits that led to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.change import Change, decode_change
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog

LOCAL: Final = "system:local"
"""Whoever uses the command line at the store's machine."""

PAGE: Final = 20
"""Changes that are asked for at once: the newest ones mostly suffice."""

FEW: Final = 5
"""So many records of a domain are looked up one by one; from then on all that was done in the domain is read once."""

KEPT: Final = 16
"""Changes that are kept read: one may hold many of the records that are asked about."""

Traced: TypeAlias = Organization | Clinic | Assignment | ProviderAssignment
"""What can be looked up by its domain and whom it is about."""

_Key: TypeAlias = tuple[Kind, str, str]
_Indexed: TypeAlias = tuple[Change, Mapping[_Key, Edit]]


class Touch(NamedTuple):
    """The last edit that ``change`` made of a record."""

    change: Change
    edit: Edit


class Traces:
    """The traces of single records in ``log``. Not for more than one thread."""

    def __init__(self, log: ChangeLog) -> None:
        """Nothing is read yet."""
        self._log = log
        self._indexed = lru_cache(maxsize=KEPT)(_index)
        self._asked: Counter[str] = Counter()
        self._histories: dict[str, tuple[int, Mapping[_Key, Sequence[Touch]]]] = {}

    def touches(self, record: Traced, revision: int) -> Iterator[Touch]:
        """What was done to the record of the kind, home and id of ``record`` up to ``revision``, newest first.

        What the program does by itself is nobody's decision, and is left out. Raises what reading a log raises.
        """
        domain, key = _domain(record), (record.KIND, record.home, record.id)
        self._asked[domain] += 1
        if self._asked[domain] > FEW:
            return iter(self._history(domain, revision).get(key, ()))
        wanted = ChangeFilter(subject=_subject(record), domains=frozenset({domain}))
        read = self._read(wanted, revision)
        return (Touch(change, edits[key]) for change, edits in read if key in edits)

    def _history(self, domain: str, revision: int) -> Mapping[_Key, Sequence[Touch]]:
        """What was done in ``domain`` up to ``revision``."""
        read_to, history = self._histories.get(domain, (None, {}))
        if read_to != revision:
            found: defaultdict[_Key, list[Touch]] = defaultdict(list)
            for change, edits in self._read(ChangeFilter(domains=frozenset({domain})), revision):
                for key, edit in edits.items():
                    found[key].append(Touch(change, edit))
            history = dict(found)
            self._histories[domain] = revision, history
        return history

    def _read(self, wanted: ChangeFilter, revision: int) -> Iterator[_Indexed]:
        before: int | None = revision + 1
        while before is not None:
            entries = self._log.find(replace(wanted, before=before), PAGE)
            read = (self._indexed(entry.body) for entry in entries)
            yield from ((change, edits) for change, edits in read if _is_decided(change))
            before = entries[-1].revision if len(entries) == PAGE else None


def _is_decided(change: Change) -> bool:
    """Whether people made it, or a load of files."""
    return change.bundle is not None or change.actor == LOCAL or not change.actor.startswith("system:")


def _index(body: bytes) -> _Indexed:
    change = decode_change(body)
    return change, {(edit.kind, edit.record.home, edit.record.id): edit for edit in change.edits}


def _subject(record: Traced) -> str | None:
    match record:
        case Assignment():
            return record.subject
        case ProviderAssignment():
            return record.provider_id
        case _:
            return None


def _domain(record: Traced) -> str:
    return record.id if isinstance(record, Organization | Clinic) else record.domain
