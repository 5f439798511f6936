"""Questions decided at one snapshot, and the answers to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from msgspec import Struct

from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import Fault, ForbiddenError
from enterprise_policy.values.windows import Instant
from enterprise_service.follow.follower import Follower
from enterprise_service.follow.freshness import Fresh, Freshness
from enterprise_service.http.edge.answers import Answer, header_lines
from enterprise_service.http.edge.asked import Ask, Batch
from enterprise_service.http.edge.caller import Caller
from enterprise_service.http.edge.reasons import told
from enterprise_service.ports.clock import Clock

AT_ONCE_CHECKS: Final = 100
"""A batch up to this long is decided at once."""

_WORDS: Final = {True: b'{"allowed": true}', False: b'{"allowed": false}'}


class MustWaitError(Exception):
    """The answer takes time, so it is for a thread of its own to find."""


class Asking(Struct, frozen=True, gc=False):
    """Who asks, what his request is called, and whether the answer may take time."""

    caller: Caller
    request_id: bytes
    may_wait: bool


class Decisions:
    """Decides at the newest snapshot. Any thread may call it.

    A policy is fresh while it was confirmed to be the newest at most ``max_staleness`` seconds ago; when there is none
    that is, every question raises ``PolicyUnavailableError``.
    """

    def __init__(self, follower: Follower, clock: Clock, max_staleness: float) -> None:
        self._freshness = Freshness(follower, max_staleness)
        self._clock = clock
        self._plain: _PlainAnswers | None = None

    def one(self, asking: Asking, ask: Ask) -> Answer:
        """The answer to ``ask``.

        Raises ``ForbiddenError``, the errors of ``Freshness``, and ``MustWaitError`` when it takes time.
        """
        seen = self._freshness.newest()
        if ask.at_least > seen.snapshot.revision:
            seen = self._later(asking, ask.at_least, partial(_check_one, asking, ask))
        else:
            _check_one(asking, ask, seen.snapshot)
        if ask.explain:
            _check_may_wait(asking)
            return self._explained(seen, asking, ask)
        snapshot = seen.snapshot
        plain = self._plain
        if plain is None or plain.snapshot is not snapshot:
            plain = self._plain = _PlainAnswers(snapshot)
        own = (seen.staleness_ms, asking.request_id)
        if decide(snapshot, ask, self._clock.now()):
            return Answer(200, plain.allowed_lines % own, plain.allowed, 1, 0)
        return Answer(200, plain.denied_lines % own, plain.denied, 0, 1)

    def batch(self, asking: Asking, batch: Batch) -> Answer:
        """The answer to all checks of ``batch``, as ``one``."""
        seen = self._freshness.newest()
        if batch.at_least > seen.snapshot.revision:
            seen = self._later(asking, batch.at_least, partial(_check_all, asking, batch))
        else:
            _check_all(asking, batch, seen.snapshot)
        if len(batch.checks) > AT_ONCE_CHECKS or any(ask.explain for ask in batch.checks):
            _check_may_wait(asking)
        now, snapshot = self._clock.now(), seen.snapshot
        decided = [decide(snapshot, ask, now) for ask in batch.checks]
        results = [
            _with_reason({"allowed": allowed}, seen, asking, ask, now) if ask.explain else _WORDS[allowed]
            for ask, allowed in zip(batch.checks, decided, strict=True)
        ]
        body = b'{"results": [%b], "revision": %d}' % (b", ".join(results), snapshot.revision)
        return _answer(seen, asking, body, sum(decided), len(decided))

    def _later(self, asking: Asking, at_least: int, check: Callable[[Snapshot], None]) -> Fresh:
        """The newest snapshot, at revision ``at_least`` or later, if ``check`` lets it pass."""
        _check_may_wait(asking)
        return self._freshness.at_least(at_least, check)

    def _explained(self, seen: Fresh, asking: Asking, ask: Ask) -> Answer:
        now = self._clock.now()
        allowed = decide(seen.snapshot, ask, now)
        fields = {"allowed": allowed, "revision": seen.snapshot.revision}
        return _answer(seen, asking, _with_reason(fields, seen, asking, ask, now), allowed, 1)


def _check_may_wait(asking: Asking) -> None:
    if not asking.may_wait:
        raise MustWaitError


def _check_one(asking: Asking, ask: Ask, snapshot: Snapshot) -> None:
    caller = asking.caller
    if not caller.may_ask(snapshot, ask.domain) and not caller.speaks_for(ask.subject):
        raise ForbiddenError("the credential may not ask for decisions in this domain")


def _check_all(asking: Asking, batch: Batch, snapshot: Snapshot) -> None:
    caller = asking.caller
    for place, ask in enumerate(batch.checks):
        if not caller.may_ask(snapshot, ask.domain) and not caller.speaks_for(ask.subject):
            fault = Fault(f"/checks/{place}/dom", "is not a domain that the credential may ask about")
            raise ForbiddenError("the credential may not ask for decisions in one of the domains", faults=(fault,))


# --- answers --------------------------------------------------------------------------------------------


class _PlainAnswers:
    """The two answers at a snapshot that give no reason; their lines lack the staleness and the request's id."""

    __slots__ = ("allowed", "allowed_lines", "denied", "denied_lines", "snapshot")

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.allowed = b'{"allowed": true, "revision": %d}' % snapshot.revision
        self.denied = b'{"allowed": false, "revision": %d}' % snapshot.revision
        self.allowed_lines = _lines(snapshot, self.allowed)
        self.denied_lines = _lines(snapshot, self.denied)


def _lines(snapshot: Snapshot, body: bytes) -> bytes:
    own = b"x-policy-revision: %d\r\nx-policy-staleness-ms: %%d\r\nx-request-id: %%b\r\n" % snapshot.revision
    return header_lines(body) + own


def _answer(seen: Fresh, asking: Asking, body: bytes, allowed: int, checks: int) -> Answer:
    lines = _lines(seen.snapshot, body) % (seen.staleness_ms, asking.request_id)
    return Answer(200, lines, body, allowed, checks - allowed)


def _with_reason(fields: dict[str, Any], seen: Fresh, asking: Asking, ask: Ask, now: Instant) -> bytes:
    """``fields``, which say whether ``ask`` is allowed, with the reason, as JSON."""
    reason = explain(seen.snapshot.state, ask, now)
    if reason.allowed is not fields["allowed"]:
        raise RuntimeError(f"a decision and its reason differ at revision {seen.snapshot.revision}")
    return json.dumps({**fields, "reason": told(reason, asking.caller, seen.snapshot, ask, now)}).encode("ascii")
