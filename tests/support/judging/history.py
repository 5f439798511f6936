"""What every client of a run asked for, and what came of it: one line of JSON for each request."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from enterprise_policy.values.windows import Instant

Asked = tuple[str, str, str, str]
"""Subject, domain, resource and action of a question."""


class Kind(StrEnum):
    """What a request is for."""

    WRITE = "write"
    DECISION = "decision"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; ``revision`` and ``staleness_ms`` as its headers tell them."""

    status: int
    revision: int | None
    staleness_ms: int | None
    replayed: bool
    body: str

    @property
    def fields(self) -> Any:  # noqa: ANN401 - whatever was answered
        """The body as JSON; ``None`` when it isn't."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One request. Without an ``answer`` nobody told the client what came of it.

    ``session`` is a connection, so one worker process; ``key`` the ``Idempotency-Key``; ``isolated`` says that it asks
    about another tenant's domain. ``begun`` and ``ended`` are on a clock that never goes back, ``begun_at`` and
    ``ended_at`` on the wall clock.
    """

    client: str
    session: str
    pod: str
    kind: Kind
    method: str
    target: str
    body: str
    key: str | None
    request_id: str
    isolated: bool
    begun: float
    ended: float
    begun_at: Instant
    ended_at: Instant
    answer: Answer | None

    @property
    def status(self) -> int | None:
        """The answer's status; ``None`` when there is no answer."""
        return None if self.answer is None else self.answer.status

    @property
    def is_acknowledged(self) -> bool:
        """Whether it is a write that was reported as done."""
        return self.kind is Kind.WRITE and self.answer is not None and 200 <= self.answer.status < 300

    @property
    def is_refused(self) -> bool:
        """Whether the caller was told that it won't be done."""
        return self.answer is not None and 400 <= self.answer.status < 500

    @property
    def is_unknown(self) -> bool:
        """Whether it may have been done or not, by all that the caller knows."""
        return self.answer is None or self.answer.status >= 500

    @cached_property
    def fields(self) -> Any:  # noqa: ANN401 - whatever was sent
        """The body that was sent, as JSON."""
        return json.loads(self.body) if self.body else {}

    @property
    def at_least(self) -> int:
        """The revision that a question demands."""
        return int(self.fields.get("at_least", 0))

    @cached_property
    def questions(self) -> tuple[Asked, ...]:
        """What a decision was asked about."""
        checks = self.fields.get("checks", [self.fields])
        return tuple((c["sub"], c["dom"], c["obj"], c["act"]) for c in checks)

    @cached_property
    def decided(self) -> tuple[bool, ...]:
        """The decisions that an answer of status 200 gives, in the order of the questions; else none.

        Raises ``ValueError`` when such an answer isn't as the contract says.
        """
        if self.answer is None or self.answer.status != 200:
            return ()
        try:
            return self._read(self.answer)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error

    def _read(self, answer: Answer) -> tuple[bool, ...]:
        fields = answer.fields
        decided = tuple(each["allowed"] for each in fields.get("results", [fields]))
        if fields["revision"] != answer.revision or len(decided) != len(self.questions):
            raise ValueError("its parts don't agree")
        if not all(isinstance(each, bool) for each in decided):
            raise ValueError("a decision is neither true nor false")
        return decided

    def to_line(self) -> str:
        """Itself as a line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """The operation that ``to_line`` gave."""
        fields: Mapping[str, Any] = json.loads(line)
        answer = fields["answer"]
        read = None if answer is None else Answer(**answer)
        return cls(**{**fields, "kind": Kind(fields["kind"]), "answer": read})

    def __str__(self) -> str:
        """Enough to find it again."""
        return f"{self.request_id} ({self.method} {self.target} on {self.session}, status {self.status})"


class History:
    """A file of operations that many threads write to."""

    def __init__(self, path: Path) -> None:
        """The file is made anew."""
        self._path = path
        self._file = path.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def add(self, operation: Operation) -> None:
        """Keep ``operation``."""
        line = operation.to_line()
        with self._lock:
            self._file.write(f"{line}\n")

    def read(self) -> tuple[Operation, ...]:
        """All that was kept, in the order in which it ended."""
        with self._lock:
            self._file.flush()
        lines = self._path.read_text("utf-8").splitlines()
        return tuple(map(Operation.from_line, lines))

    def close(self) -> None:
        """Write no more."""
        self._file.close()
