"""Our policy as the store of a pycasbin enforcer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from casbin.model.model import Model
from casbin.persist.adapter_filtered import FilteredAdapter
from casbin.persist.batch_adapter import BatchAdapter
from casbin.persist.update_adapter import UpdateAdapter

from enterprise_adapters.casbin.filters import Filter, domains_of
from enterprise_adapters.casbin.loaded import Loaded
from enterprise_adapters.casbin.model_rules import check_model, put_rules, read_rules, rule_of
from enterprise_adapters.casbin.seen import Seen
from enterprise_policy.decide.casbin_form import CasbinRules
from enterprise_service.ports.policy_writer import PolicyWriter, Rule, Written, each_rule

Values = Sequence[str]
"""A rule as pycasbin has it: what follows its kind."""


class Adapter(FilteredAdapter, BatchAdapter, UpdateAdapter):
    """Loads the rules in force, and makes each call that changes some one change of the policy.

    What can't be done is raised, as an ``EnterpriseError`` that says why; no method returns ``False``. Of pycasbin's
    arguments ``sec`` follows from ``ptype``, which is `p`, `g` or `g2`. A rule that is there already is added without
    a trace, and one that isn't there removed so; one that is to be replaced has to be there.

    It is for one enforcer at a time: the one for which it has loaded last.
    """

    def __init__(self, policy: PolicyWriter, *, filtered: bool = False) -> None:
        """With ``filtered`` an enforcer doesn't load anything when it is made, and has to be told which domains."""
        self.seen = Seen()
        self._loaded = Loaded()
        self._policy = policy
        self._filtered = filtered
        self._domains: frozenset[str] | None = frozenset() if filtered else None

    # --- loading ----------------------------------------------------------------------------------------

    def load_policy(self, model: Model) -> None:
        """Put all rules that are in force into ``model``."""
        check_model(model)
        with self.seen.steady():
            found = self._policy.rules()
            put_rules(model, each_rule(found.rules))
            self._filtered, self._domains = False, None
            self._loaded.begin(model, each_rule(found.rules))
            self.seen.loaded(found)

    def load_filtered_policy(self, model: Model, filter: str | Iterable[str] | None) -> None:  # noqa: A002 - pycasbin's
        """Put those rules into ``model`` that decisions in the domains of ``filter`` depend on.

        ``filter`` is one domain or several; those above them come with them, since without the denies made there
        decisions would be wrong. With ``None`` all is loaded. What ``model`` has already is kept.
        """
        wanted = domains_of(filter)
        if wanted is None:
            self.load_policy(model)
            return
        check_model(model)
        has_some = any(True for _ in read_rules(model))
        with self.seen.steady():
            found = self._policy.rules(wanted)
            put_rules(model, each_rule(found.rules))
            self._filtered, self._domains = True, wanted | ((self._domains or frozenset()) if has_some else frozenset())
            (self._loaded.add if has_some else self._loaded.begin)(model, each_rule(found.rules))
            (self.seen.loaded_too if has_some else self.seen.loaded)(found)

    def is_filtered(self) -> bool:
        """Whether only some domains were asked for."""
        return self._filtered

    # --- saving -----------------------------------------------------------------------------------------

    def save_policy(self, model: Model) -> None:
        """Make what ``model`` has become since it was loaded, by one change.

        Rules that it has lost are removed and those that it has got are added. Whatever others have changed meanwhile
        stays as they made it, also a rule that ``model`` still has, and what has begun or ended since. An adapter that
        has never loaded nor saved anything can't tell what was changed: ``model`` is then the whole, and takes the
        place of all rules in force. Raises ``ConflictError`` when another model has been loaded since.
        """
        with self._writing():
            rules = tuple(read_rules(model))
            changed = self._loaded.difference(model, rules)
            if changed is None:
                self.seen.wrote(self._policy.rewrite(lambda _: rules, self._domains))
                self._loaded.begin(model, rules)
            else:
                self._wrote(self._policy.change(changed.removed, changed.added), changed.removed, changed.added)

    def add_policy(self, sec: str, ptype: str, rule: Values) -> None:  # noqa: ARG002 - pycasbin's
        """Add a rule."""
        self._change(ptype, (), (rule,))

    def add_policies(self, sec: str, ptype: str, rules: Iterable[Values]) -> None:  # noqa: ARG002 - pycasbin's
        """Add rules, all or none."""
        self._change(ptype, (), rules)

    def add_policies_ex(self, sec: str, ptype: str, rules: Iterable[Values]) -> None:
        """Add those of ``rules`` that aren't there, all or none: what ``add_policies`` does too."""
        self.add_policies(sec, ptype, rules)

    def remove_policy(self, sec: str, ptype: str, rule: Values) -> None:  # noqa: ARG002 - pycasbin's
        """Remove a rule."""
        self._change(ptype, (rule,), ())

    def remove_policies(self, sec: str, ptype: str, rules: Iterable[Values]) -> None:  # noqa: ARG002 - pycasbin's
        """Remove rules, all or none."""
        self._change(ptype, rules, ())

    def remove_filtered_policy(self, sec: str, ptype: str, field_index: int, *field_values: str) -> None:
        """Remove the rules whose values from ``field_index`` on are ``field_values``, where an empty one is any.

        If only some domains were loaded, only those in them and above, and none before any was.
        """
        self.update_filtered_policies(sec, ptype, (), field_index, *field_values)

    def update_policy(self, sec: str, ptype: str, old_rule: Values, new_policy: Values) -> None:
        """Put a rule in the place of one that has to be there."""
        self.update_policies(sec, ptype, [old_rule], [new_policy])

    def update_policies(
        self,
        sec: str,  # noqa: ARG002 - pycasbin's
        ptype: str,
        old_rules: Iterable[Values],
        new_rules: Iterable[Values],
    ) -> None:
        """Put rules in the place of others, all of which have to be there; all or none."""
        self._change(ptype, old_rules, new_rules, only_if_there=True)

    def update_filtered_policies(
        self,
        sec: str,  # noqa: ARG002 - pycasbin's
        ptype: str,
        new_rules: Iterable[Values],
        field_index: int,
        *field_values: str,
    ) -> list[list[str]]:
        """Put rules in the place of all that ``remove_filtered_policy`` would remove.

        Returned are those of them that the enforcer has: given one that it lacks, pycasbin would keep all after it.
        """
        removed: list[Rule] = []

        def wanted(rules: CasbinRules) -> Iterator[Rule]:
            removed[:] = [rule for rule in each_rule(rules) if found.fits(rule)]
            gone = frozenset(removed)
            yield from (rule for rule in each_rule(rules) if rule not in gone)
            yield from new

        with self._writing():
            found = Filter(ptype, field_index, field_values)
            new = [rule_of(ptype, values) for values in new_rules]
            written = self._policy.rewrite(wanted, self._domains)
            had = [rule for rule in removed if self._loaded.may_have(rule)]
            self._wrote(written, removed, new)
        return [list(rule.values) for rule in had]

    # --- what all of them do ----------------------------------------------------------------------------

    def _change(
        self, kind: str, removed: Iterable[Values], added: Iterable[Values], *, only_if_there: bool = False
    ) -> None:
        with self._writing():
            old, new = [rule_of(kind, values) for values in removed], [rule_of(kind, values) for values in added]
            self._wrote(self._policy.change(old, new, only_if_there=only_if_there), old, new)

    def _wrote(self, written: Written, removed: Iterable[Rule], added: Iterable[Rule]) -> None:
        self._loaded.wrote(removed, added)
        self.seen.wrote(written)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """An enforcer removes and replaces in its memory first: after a refusal it may have what isn't so."""
        with self.seen.steady():
            try:
                yield
            except BaseException:
                self.seen.doubt()
                raise
