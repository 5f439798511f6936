"""Our adapter in the place of pycasbin's file adapter: for tests that know nothing of our names.

A policy file is put into a store of its own at the first load, by one change through our adapter, and from then on
everything is read from and written to that store. What differs is the spelling: a subject of a rule is the role
`role:platform/<subject>`, a domain is an organization, a rule without a domain is made at `platform`, one without an
effect allows, and where the model knows no resources it is about every one. Whatever else a rule has is passed on as it
is, for our adapter to refuse.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, Final

from casbin.core_enforcer import CoreEnforcer
from casbin.persist.adapters import FileAdapter
from casbin.persist.adapters.asyncio import AsyncAdapter

from enterprise_adapters.casbin import Adapter
from enterprise_adapters.casbin.model_rules import put_rules, read_rules
from enterprise_adapters.memory import ManualClock, MemoryChangeLog, MemoryCheckpoints
from enterprise_policy.decide.model import read_model
from enterprise_policy.state.chain import Keyring
from enterprise_policy.values.names import PLATFORM, id_fault
from enterprise_policy.values.patterns import EVERYTHING
from enterprise_service.administer.casbin_rules import CasbinPolicy
from enterprise_service.administer.commit import Commit
from enterprise_service.administer.scene import Author
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.ports.policy_writer import Rule

_ROLE: Final = "role:platform/"
_ORDER: Final = ("sub", "dom", "obj", "act", "eft")


class Spelling:
    """Turns rules of one model into ours and back."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - pycasbin's
        self._fields = {
            kind: [token.removeprefix(f"{kind}_") for token in definition.tokens]
            for kind, definition in (model["p"] or {}).items()
        }
        self._domains = {kind: len(definition.tokens) > 2 for kind, definition in (model["g"] or {}).items()}

    def ours(self, rule: Rule) -> Rule:
        """``rule`` of the model in our names."""
        if rule.kind in self._fields:
            return self._permission(rule)
        if rule.kind != "g":
            return rule
        names = [f"{_ROLE}{name}" for name in rule.values[:2]]
        return Rule("g", (*names, *(rule.values[2:] or (() if self._domains["g"] else (PLATFORM,)))))

    def _permission(self, rule: Rule) -> Rule:
        fields = dict(zip(self._fields[rule.kind], rule.values, strict=False))
        spelled = {"dom": PLATFORM, "eft": "allow", **fields}
        if "obj" not in self._fields[rule.kind]:
            spelled["obj"] = EVERYTHING
        if "sub" in fields:
            spelled["sub"] = _ROLE + fields["sub"]
        known = [spelled[name] for name in _ORDER if name in spelled]
        return Rule(rule.kind, (*known, *(value for name, value in fields.items() if name not in _ORDER)))

    def theirs(self, rule: Rule) -> Rule:
        """``rule`` of ours in the model's names."""
        values = [value.removeprefix(_ROLE) for value in rule.values]
        if rule.kind == "p":
            fields = dict(zip(_ORDER, values, strict=True))
            return Rule("p", tuple(fields[name] for name in self._fields["p"]))
        return Rule("g", tuple(values if self._domains["g"] else values[:2]))


class SpelledAdapter(FileAdapter):
    """See the module. ``made`` counts how many there have been."""

    made = 0
    model_file = ""

    def __init__(self, file_path: str) -> None:
        super().__init__(file_path)
        SpelledAdapter.made += 1
        self._adapter = Adapter(_new_policy(self.model_file))
        self._spelling: Spelling | None = None

    @property
    def spelling(self) -> Spelling:
        if self._spelling is None:
            raise RuntimeError("the tests load a policy before anything else")
        return self._spelling

    def load_policy(self, model: Any) -> None:  # noqa: ANN401 - pycasbin's
        if self._spelling is None:
            self._spelling = Spelling(model)
            super().load_policy(model)
            self._save(read_rules(model))
            model.clear_policy()
        private = self._private()
        self._adapter.load_policy(private)
        put_rules(model, [self.spelling.theirs(rule) for rule in read_rules(private) if rule.kind != "g2"])

    def save_policy(self, model: Any) -> None:  # noqa: ANN401 - pycasbin's
        self._save(read_rules(model))

    def _save(self, rules: Iterable[Rule]) -> None:
        private = self._private()
        spelled = [self.spelling.ours(rule) for rule in rules]
        for rule in (*self._edges(spelled), *spelled):
            if rule.kind not in private[rule.kind[0]]:
                self._adapter.add_policy(rule.kind[0], rule.kind, rule.values)
            private[rule.kind[0]][rule.kind].policy.append(list(rule.values))
        self._adapter.save_policy(private)

    def _private(self) -> Any:  # noqa: ANN401 - pycasbin's
        return CoreEnforcer.new_model(self.model_file)

    def _edges(self, spelled: Iterable[Rule]) -> Iterator[Rule]:
        """Where the domains of ``spelled`` lie, and those that are there."""
        private = self._private()
        self._adapter.load_policy(private)
        domains = {rule.values[0] for rule in read_rules(private) if rule.kind == "g2"}
        domains |= {rule.values[1 if rule.kind == "p" else 2] for rule in spelled if len(rule.values) > 2}
        for domain in sorted(domains - {PLATFORM}):
            if id_fault(domain) is None:
                yield Rule("g2", (domain, PLATFORM))

    def _ours(self, ptype: str, rules: Iterable[Iterable[str]]) -> list[tuple[str, ...]]:
        return [self.spelling.ours(Rule(ptype, tuple(rule))).values for rule in rules]

    def add_policy(self, sec: str, ptype: str, rule: Iterable[str]) -> None:
        self.add_policies(sec, ptype, [rule])

    def add_policies(self, sec: str, ptype: str, rules: Iterable[Iterable[str]]) -> None:
        spelled = self._ours(ptype, rules)
        edges = [edge.values for edge in self._edges(Rule(ptype, values) for values in spelled)]
        self._adapter.add_policies("g", "g2", edges)
        self._adapter.add_policies(sec, ptype, spelled)

    def add_policies_ex(self, sec: str, ptype: str, rules: Iterable[Iterable[str]]) -> None:
        self.add_policies(sec, ptype, rules)

    def remove_policy(self, sec: str, ptype: str, rule: Iterable[str]) -> None:
        self.remove_policies(sec, ptype, [rule])

    def remove_policies(self, sec: str, ptype: str, rules: Iterable[Iterable[str]]) -> None:
        self._adapter.remove_policies(sec, ptype, self._ours(ptype, rules))

    def remove_filtered_policy(self, sec: str, ptype: str, field_index: int, *field_values: str) -> None:
        self._adapter.remove_policies(sec, ptype, self._ours(ptype, self._fitting(ptype, field_index, field_values)))

    def _fitting(self, ptype: str, first: int, values: tuple[str, ...]) -> list[tuple[str, ...]]:
        """The rules in the store, in the model's names, that a filter fits."""
        private = self._private()
        self._adapter.load_policy(private)
        found = (self.spelling.theirs(rule).values for rule in read_rules(private) if rule.kind == ptype)
        return [r for r in found if all(v in ("", r[first + place]) for place, v in enumerate(values))]

    def update_policy(self, sec: str, ptype: str, old_rule: Iterable[str], new_policy: Iterable[str]) -> None:
        self.update_policies(sec, ptype, [old_rule], [new_policy])

    def update_policies(
        self, sec: str, ptype: str, old_rules: Iterable[Iterable[str]], new_rules: Iterable[Iterable[str]]
    ) -> None:
        self._adapter.update_policies(sec, ptype, self._ours(ptype, old_rules), self._ours(ptype, new_rules))

    def update_filtered_policies(
        self, sec: str, ptype: str, new_rules: Iterable[Iterable[str]], field_index: int, *field_values: str
    ) -> list[list[str]]:
        old = self._fitting(ptype, field_index, field_values)
        self._adapter.update_policies(sec, ptype, self._ours(ptype, old), self._ours(ptype, new_rules))
        return [list(rule) for rule in old]


class AsyncSpelledAdapter(AsyncAdapter):
    """The same for the asynchronous enforcer."""

    def __init__(self, file_path: str) -> None:
        self._adapter = SpelledAdapter(file_path)

    async def load_policy(self, model: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.load_policy, model)

    async def save_policy(self, model: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.save_policy, model)

    async def add_policy(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.add_policy, *told)

    async def add_policies(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.add_policies, *told)

    async def add_policies_ex(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.add_policies_ex, *told)

    async def remove_policy(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.remove_policy, *told)

    async def remove_policies(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.remove_policies, *told)

    async def remove_filtered_policy(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.remove_filtered_policy, *told)

    async def update_policy(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.update_policy, *told)

    async def update_policies(self, *told: Any) -> None:  # noqa: ANN401 - pycasbin's
        await asyncio.to_thread(self._adapter.update_policies, *told)

    async def update_filtered_policies(self, *told: Any) -> list[list[str]]:  # noqa: ANN401 - pycasbin's
        return await asyncio.to_thread(self._adapter.update_filtered_policies, *told)


def _new_policy(model_file: str) -> CasbinPolicy:
    """An empty store in memory."""
    log, clock, keyring = MemoryChangeLog(), ManualClock(), Keyring([b"a secret of the tests"])
    with open(model_file, encoding="utf-8") as file:  # noqa: PTH123 - as pycasbin opens it
        model = read_model(file.read())
    follower = Follower(Store(log=log, checkpoints=MemoryCheckpoints()), keyring, clock, model)
    author = Author(actor="system:suite", credential="casbin", request_id="suite")
    return CasbinPolicy(Commit(follower, log, keyring, clock), follower, clock, author)
