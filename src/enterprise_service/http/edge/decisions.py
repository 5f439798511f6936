"""Questions decided at one snapshot, and the answers to them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.reason import ELSEWHERE_SHOWN, Reason
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import Fault, ForbiddenError, PolicyUnavailableError
from enterprise_policy.values.windows import Instant
from enterprise_service.follow.follower import Follower
from enterprise_service.http.edge.answers import Answer, header_lines
from enterprise_service.http.edge.asked import Ask, Batch
from enterprise_service.http.edge.caller import Caller
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


class _Seen(Struct, frozen=True, gc=False):
    """The newest snapshot, and for how many milliseconds at most it may not have been the newest."""

    snapshot: Snapshot
    staleness_ms: float


class Decisions:
    """Decides at the newest snapshot. Any thread may call it.

    A policy is fresh while it was confirmed to be the newest at most ``max_staleness`` seconds ago; when there is none
    that is, every question raises ``PolicyUnavailableError``.
    """

    def __init__(self, follower: Follower, clock: Clock, max_staleness: float) -> None:
        self._follower = follower
        self._clock = clock
        self._max_staleness = max_staleness
        self._plain: _PlainAnswers | None = None

    def one(self, asking: Asking, ask: Ask) -> Answer:
        """The answer to ``ask``.

        Raises ``ForbiddenError``, the errors of ``Follower.catch_up``, and ``MustWaitError`` when it takes time.
        """
        seen = self._fresh()
        if not asking.caller.may_ask(ask.domain):
            raise ForbiddenError("the credential may not ask for decisions in this domain")
        if ask.at_least > 0:
            seen = self._caught_up(seen, ask.at_least, asking)
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
        seen = self._fresh()
        _check_authority(asking.caller, batch)
        if len(batch.checks) > AT_ONCE_CHECKS or any(ask.explain for ask in batch.checks):
            _check_may_wait(asking)
        seen = self._caught_up(seen, batch.at_least, asking)
        now, snapshot = self._clock.now(), seen.snapshot
        decided = [decide(snapshot, ask, now) for ask in batch.checks]
        results = [
            _with_reason({"allowed": allowed}, seen, asking, ask, now) if ask.explain else _WORDS[allowed]
            for ask, allowed in zip(batch.checks, decided, strict=True)
        ]
        body = b'{"results": [%b], "revision": %d}' % (b", ".join(results), snapshot.revision)
        return _answer(seen, asking, body, sum(decided), len(decided))

    def _explained(self, seen: _Seen, asking: Asking, ask: Ask) -> Answer:
        now = self._clock.now()
        allowed = decide(seen.snapshot, ask, now)
        fields = {"allowed": allowed, "revision": seen.snapshot.revision}
        return _answer(seen, asking, _with_reason(fields, seen, asking, ask, now), allowed, 1)

    def _fresh(self) -> _Seen:
        staleness = self._follower.staleness()  # read first: the snapshot is then at least as new as this says
        snapshot = self._follower.current
        if snapshot is None:
            raise PolicyUnavailableError("no policy has been read yet")
        if staleness > self._max_staleness:
            raise PolicyUnavailableError("the policy was last known to be the newest too long ago")
        return _Seen(snapshot, staleness * 1000)

    def _caught_up(self, seen: _Seen, at_least: int, asking: Asking) -> _Seen:
        """``seen``, or a later one if it isn't at revision ``at_least`` yet."""
        if at_least <= seen.snapshot.revision:
            return seen
        _check_may_wait(asking)
        self._follower.catch_up(at_least)
        return self._fresh()


def _check_may_wait(asking: Asking) -> None:
    if not asking.may_wait:
        raise MustWaitError


def _check_authority(caller: Caller, batch: Batch) -> None:
    for place, ask in enumerate(batch.checks):
        if not caller.may_ask(ask.domain):
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


def _answer(seen: _Seen, asking: Asking, body: bytes, allowed: int, checks: int) -> Answer:
    lines = _lines(seen.snapshot, body) % (seen.staleness_ms, asking.request_id)
    return Answer(200, lines, body, allowed, checks - allowed)


def _with_reason(fields: dict[str, Any], seen: _Seen, asking: Asking, ask: Ask, now: Instant) -> bytes:
    """``fields``, which say whether ``ask`` is allowed, with the reason, as JSON."""
    reason = explain(seen.snapshot.state, ask, now)
    if reason.allowed is not fields["allowed"]:
        raise RuntimeError(f"a decision and its reason differ at revision {seen.snapshot.revision}")
    return json.dumps({**fields, "reason": _shown(reason, asking.caller, ask.domain)}).encode("ascii")


def _shown(reason: Reason, caller: Caller, domain: str) -> dict[str, Any]:
    """What ``caller`` is told of ``reason``."""
    if not caller.may_explain(domain):
        return {"code": reason.code.value}
    seen = islice(filter(caller.sees, reason.elsewhere), ELSEWHERE_SHOWN)
    return replace(reason, elsewhere=tuple(seen)).to_fields()
