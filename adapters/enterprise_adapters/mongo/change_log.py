"""The log of changes as a collection, one document for each entry."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, OperationFailure
from pymongo.read_concern import ReadConcern

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.database import MongoDatabase
from enterprise_adapters.mongo.documents import (
    Written,
    as_limit,
    bounded,
    bytes_of,
    is_of,
    replaced,
    revision_of,
    term_text,
)
from enterprise_adapters.mongo.entries import PAGE_BYTES, Entries
from enterprise_adapters.mongo.finding import revisions_of, wanted_of
from enterprise_adapters.mongo.head import SHOWN, GoneError, Ladder, head_of
from enterprise_adapters.mongo.opening import LOG, check_identity, log_id_of, note_beginning, stray
from enterprise_adapters.mongo.parts import body_of, stage, sweep
from enterprise_adapters.mongo.translation import unavailable
from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, Head, LogEntry, RevisionTakenError
from enterprise_service.ports.change_terms import read_change, terms_of

SETTLE_SECONDS: Final = 2.0
"""How long an entry that exists may take to reach a majority."""

WHOSE: Final = {"append": 1, "log_id": 1}
"""What tells of an entry who wrote it."""

_FIRST_PAUSE_SECONDS: Final = 0.005
_LONGEST_PAUSE_SECONDS: Final = 0.2

# What servers answer that don't read linearizably: a standalone one, and some that only speak MongoDB's language.
_NOT_LINEARIZABLE: Final = frozenset({2, 9, 20, 72, 115, 123, 148, 238, 303})


class MongoChangeLog(ChangeLog):
    """In ``database``, which ``close`` closes for all who share it."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._entries = Entries(database)
        self._known: Head | None = None
        """An entry that a majority is known to have: from there on the newest one is looked for."""
        self._reads_linearizably = True

    def head(self) -> Head:
        """See the port. When another log took the place this is the call that says so: by its ``log_id``."""
        with self._database.calling() as database:
            self._known = self._newest(database)
            return self._known

    def append(self, entry: LogEntry) -> None:
        """See the port.

        Raises ``ValueError``, for a fault of the program, when the body is no JSON object or has a name that nobody
        could find it by.
        """
        change = read_change(entry.body)
        terms = sorted(map(term_text, terms_of(change)))
        log_id = self._log_to_append_to(change, entry.revision)
        written = Written(log_id=log_id, append=uuid.uuid4().hex, entry=entry, terms=terms)
        stage(self._database, written)
        if not self._insert(written):
            self._judge(written)
        self._known = Head(log_id=log_id, revision=entry.revision, mac=entry.mac)
        if entry.revision == 1:
            self._note_beginning()

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """See the port. A page may end before ``limit``, when it gets large or takes long; never before the first."""
        most = as_limit(limit)
        if not most:
            return ()
        with self._database.calling() as database:
            log_id = self._log_id(database)
        return _page(map(self._entry, self._entries.after(log_id, bounded(after), most)))

    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        log_id, revisions = self._find(wanted, as_limit(limit))
        return tuple(map(self._entry, self._entries.those(log_id, revisions)))

    def sweep(self) -> int:
        """See the port: parts of large changes whose entry never came, and can't come any more."""
        return sweep(self._database)

    def close(self) -> None:
        self._database.close()

    # --- the end of the log --------------------------------------------------------------------------

    def _newest(self, database: Database[Document]) -> Head:
        """From the known entry on, which tells whose log it is; from the beginning when it isn't there any more."""
        known = self._known
        if known is not None and known.revision:
            with suppress(GoneError):
                return self._climb(database, known)
        log_id = log_id_of(database)
        try:
            return self._climb(database, Head(log_id=log_id, revision=0, mac=b""))
        except GoneError as error:
            check_identity(database, log_id)
            raise replaced() from error

    def _climb(self, database: Database[Document], known: Head) -> Head:
        ladder = Ladder(database[LOG], known.log_id)
        head = ladder.climb(known)
        later = self._last_look(database, head)
        return head if later is None else ladder.climb(later)

    def _last_look(self, database: Database[Document], head: Head) -> Head | None:
        """The entry after ``head``, if a majority has it: asked so that no primary that was deposed can deny it."""
        if not self._reads_linearizably:
            return None
        log = database[LOG].with_options(read_concern=ReadConcern("linearizable"))
        try:
            found = log.find_one({"_id": head.revision + 1}, SHOWN)
        except OperationFailure as error:
            if error.code not in _NOT_LINEARIZABLE:
                raise
            self._reads_linearizably = False
            return None
        return None if found is None else head_of(found, head.log_id)

    def _log_id(self, database: Database[Document]) -> str:
        """The identity that ``head`` has told, or would tell now."""
        if self._known is None:
            self._known = Head(log_id=log_id_of(database), revision=0, mac=b"")
        return self._known.log_id

    # --- appending -----------------------------------------------------------------------------------

    def _log_to_append_to(self, change: Mapping[str, Any], revision: int) -> str:
        known = self._known
        if known is None or known.revision < revision - 1:
            known = self.head()
        if change.get("log_id", known.log_id) != known.log_id:
            raise replaced()
        if revision != known.revision + 1:
            raise RevisionTakenError(f"the newest revision is {known.revision}, not {revision - 1}")
        return known.log_id

    def _insert(self, written: Written) -> bool:
        """Whether the entry is durable now; ``False`` when there is one of its revision."""
        with self._database.writing() as database:
            try:
                database[LOG].insert_one(written.document())
            except DuplicateKeyError:
                return False
        return True

    def _judge(self, written: Written) -> None:
        """Say whose the revision is: ours when the driver, or a server on the way, sent the insert twice."""
        revision = written.entry.revision
        found = self._settled(revision)
        if not is_of(found, written.log_id):
            with self._database.calling() as database:
                check_identity(database, written.log_id)
            raise stray(self._database.name, revision)
        if found.get("append") != written.append:
            raise RevisionTakenError(f"revision {revision} was written by somebody else")

    def _settled(self, revision: int) -> Document:
        """Whose the entry ``revision`` is, as soon as a majority has it: until then it may still go."""
        give_up_at = time.monotonic() + SETTLE_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while time.monotonic() < give_up_at:
            with self._database.calling() as database:
                found = database[LOG].find_one({"_id": revision}, WHOSE)
            if found is not None:
                return found
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        raise unavailable("an entry isn't confirmed by a majority yet")

    def _note_beginning(self) -> None:
        """The entry is durable whatever comes of this; the next process that opens the store does it too."""
        with suppress(StoreUnavailableError, StoreRefusedError), self._database.writing() as database:
            note_beginning(database)

    # --- reading -------------------------------------------------------------------------------------

    def _find(self, asked: ChangeFilter, limit: int) -> tuple[str, Sequence[int]]:
        """The log that was looked through, and the revisions that are wanted, newest first."""
        with self._database.calling() as database:
            log_id = self._log_id(database)
            head = self._newest(database)
            if head.log_id != log_id:
                raise replaced()
            wanted = wanted_of(asked, head.revision)
            if wanted is None or not limit:
                return log_id, ()
            revisions = revisions_of(database, wanted, limit)
            if not revisions:
                check_identity(database, log_id)
            return log_id, revisions

    def _entry(self, document: Document) -> LogEntry:
        body = body_of(self._database, document)
        return LogEntry(revision=revision_of(document), body=body, mac=bytes_of(document, "mac"))


def _page(entries: Iterable[LogEntry]) -> Sequence[LogEntry]:
    """``entries`` up to a page, or as far as they could be got: what fails after the first is the next page's."""
    page: list[LogEntry] = []
    size = 0
    try:
        for entry in entries:
            page.append(entry)
            size += len(entry.body)
            if size >= PAGE_BYTES:
                break
    except StoreUnavailableError:
        if not page:
            raise
    return tuple(page)
