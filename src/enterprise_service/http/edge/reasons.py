"""What a caller is told of a reason."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any, Final

from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.reason import ELSEWHERE_SHOWN, Reason, ReasonCode
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import Instant
from enterprise_service.http.edge.asked import Ask
from enterprise_service.http.edge.caller import Caller

_OF_THE_DOMAIN: Final = (ReasonCode.UNKNOWN_DOMAIN, ReasonCode.DOMAIN_SUSPENDED)


def told(reason: Reason, caller: Caller, snapshot: Snapshot, ask: Ask, now: Instant) -> dict[str, Any]:
    """What ``caller`` is told of the ``reason`` why ``ask`` is decided as it is."""
    if not caller.may_ask(snapshot, ask.domain):
        reason = _without_the_domain(reason, snapshot, ask, now)
    elif not caller.may_explain(snapshot, ask.domain) and not caller.speaks_for(ask.subject):
        return {"code": reason.code.value}
    seen = (domain for domain in reason.elsewhere if caller.sees(snapshot, domain))
    return replace(reason, elsewhere=tuple(islice(seen, ELSEWHERE_SHOWN))).to_fields()


def _without_the_domain(reason: Reason, snapshot: Snapshot, ask: Ask, now: Instant) -> Reason:
    """``reason`` as it is told to one who asks about himself where he may ask about nobody else.

    Of a domain in which he has no assignment he doesn't learn whether it is there, or suspended. Where he has some is
    the same, asked there or at the top.
    """
    state = snapshot.state
    if reason.code not in _OF_THE_DOMAIN or any(
        state.assignments_of(ask.subject, domain) for domain in state.tree.path(ask.domain)
    ):
        return reason
    at_the_top = explain(state, Question(ask.subject, PLATFORM, ask.resource, ask.action), now)
    return Reason(code=ReasonCode.NO_ASSIGNMENT, elsewhere=at_the_top.elsewhere)
