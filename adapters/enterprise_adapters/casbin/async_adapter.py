"""The adapter for pycasbin's asynchronous enforcer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from casbin.model.model import Model
from casbin.persist.adapters import asyncio as interfaces

from enterprise_adapters.casbin.adapter import Adapter, Values


class AsyncAdapter(interfaces.AsyncAdapter, interfaces.AsyncBatchAdapter, interfaces.AsyncUpdateAdapter):
    """What ``adapter`` does, each call in a thread, so that nothing else waits for the store."""

    def __init__(self, adapter: Adapter) -> None:
        """A watcher is given ``adapter.seen``."""
        self._adapter = adapter

    async def load_policy(self, model: Model) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.load_policy, model)

    async def load_filtered_policy(self, model: Model, filter: str | Iterable[str] | None) -> None:  # noqa: A002 - pycasbin's
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.load_filtered_policy, model, filter)

    def is_filtered(self) -> bool:
        """See ``Adapter``. The enforcer doesn't await it, whatever pycasbin's interface for it says."""
        return self._adapter.is_filtered()

    async def save_policy(self, model: Model) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.save_policy, model)

    async def add_policy(self, sec: str, ptype: str, rule: Values) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.add_policy, sec, ptype, rule)

    async def add_policies(self, sec: str, ptype: str, rules: Iterable[Values]) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.add_policies, sec, ptype, rules)

    async def add_policies_ex(self, sec: str, ptype: str, rules: Iterable[Values]) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.add_policies_ex, sec, ptype, rules)

    async def remove_policy(self, sec: str, ptype: str, rule: Values) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.remove_policy, sec, ptype, rule)

    async def remove_policies(self, sec: str, ptype: str, rules: Iterable[Values]) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.remove_policies, sec, ptype, rules)

    async def remove_filtered_policy(self, sec: str, ptype: str, field_index: int, *field_values: str) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.remove_filtered_policy, sec, ptype, field_index, *field_values)

    async def update_policy(self, sec: str, ptype: str, old_rule: Values, new_policy: Values) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.update_policy, sec, ptype, old_rule, new_policy)

    async def update_policies(
        self, sec: str, ptype: str, old_rules: Iterable[Values], new_rules: Iterable[Values]
    ) -> None:
        """See ``Adapter``."""
        await asyncio.to_thread(self._adapter.update_policies, sec, ptype, old_rules, new_rules)

    async def update_filtered_policies(
        self, sec: str, ptype: str, new_rules: Iterable[Values], field_index: int, *field_values: str
    ) -> list[list[str]]:
        """See ``Adapter``."""
        change = self._adapter.update_filtered_policies
        return await asyncio.to_thread(change, sec, ptype, new_rules, field_index, *field_values)
