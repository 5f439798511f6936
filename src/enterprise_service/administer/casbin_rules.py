"""The policy as Casbin's rules, for programs that hold it in a Casbin enforcer: read, and changed under commit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.errors import Fault, InvalidRequestError
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.administer.casbin_edits import edits_of, refuse_missing
from enterprise_service.administer.casbin_meaning import Meaning, meaning_of
from enterprise_service.administer.commit import Commit, Proposal, Request
from enterprise_service.administer.scene import Author, Scene
from enterprise_service.follow.follower import Follower
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.policy_writer import PolicyWriter, Rewrite, Rule, RulesAt, Written, each_rule


class CasbinPolicy(PolicyWriter):
    """Every change is made by ``author``, under the same judgement as any other."""

    def __init__(self, commit: Commit, follower: Follower, clock: Clock, author: Author) -> None:
        """``commit`` writes to the log that ``follower`` reads."""
        self._commit = commit
        self._follower = follower
        self._clock = clock
        self._author = author

    def rules(self, domains: Collection[str] | None = None) -> RulesAt:
        """See the port."""
        state = self._follower.catch_up().state
        rules = effective_rules(state, self._clock.now(), _with_those_above(state, domains))
        return RulesAt(log_id=state.log_id, revision=state.revision, rules=rules)

    def change(self, removed: Collection[Rule], added: Collection[Rule], *, only_if_there: bool = False) -> Written:
        """See the port."""
        taken, put = tuple(_meanings(removed, "/removed")), tuple(_meanings(added, "/added"))

        def propose(scene: Scene) -> Iterator[Edit]:
            if only_if_there:
                refuse_missing(scene, taken)
            return edits_of(scene, taken, put)

        return self._make(propose)

    def rewrite(self, wanted: Rewrite, domains: Collection[str] | None = None) -> Written:
        """See the port."""

        def propose(scene: Scene) -> Iterator[Edit]:
            within = _with_those_above(scene.state, domains)
            rules = effective_rules(scene.state, scene.now, within)
            before, after = dict.fromkeys(each_rule(rules)), tuple(wanted(rules))
            put = tuple(_meanings(after, "/rules", known=frozenset(before)))
            _refuse_others(put, within)
            kept = frozenset(after)
            return edits_of(scene, tuple(_meanings((each for each in before if each not in kept), "/removed")), put)

        return self._make(propose)

    def _make(self, propose: Proposal) -> Written:
        committed = self._commit(self._author, Request(propose=propose))
        return Written(committed.revision, committed.made)


def _with_those_above(state: PolicyState, domains: Collection[str] | None) -> frozenset[str] | None:
    """``domains``, as far as they are there, and all above them; ``None`` for all that are there."""
    return None if domains is None else frozenset(above for each in domains for above in state.tree.path(each))


def _meanings(rules: Iterable[Rule], pointer: str, known: frozenset[Rule] = frozenset()) -> Iterator[Meaning]:
    """What ``rules`` say, each once, but for those that are ``known`` to hold; ``pointer`` is to the list of them."""
    seen = set(known)
    for place, rule in enumerate(rules):
        if rule not in seen:
            seen.add(rule)
            yield meaning_of(rule, f"{pointer}/{place}")


def _refuse_others(put: Iterable[Meaning], within: frozenset[str] | None) -> None:
    """Raise ``InvalidRequestError`` for what is of another domain than those that are written."""
    for meaning in put:
        if within is not None and meaning.domain not in within:
            detail = f"a rule of `{meaning.domain}`, which isn't among the domains that are written"
            raise InvalidRequestError(detail, faults=(Fault("/rules", detail),))
