"""Everything in the memory of one process: for tests, trials and dry runs; gone when the process ends."""

from enterprise_adapters.memory.change_log import MemoryChangeLog
from enterprise_adapters.memory.checkpoints import MemoryCheckpoints
from enterprise_adapters.memory.hints import HeldHint, HintBus, MemoryHints
from enterprise_adapters.memory.key_use import MemoryKeyUse
from enterprise_adapters.memory.leases import MemoryLeases
from enterprise_adapters.memory.manual_clock import ManualClock
from enterprise_adapters.memory.policy_export import MemoryPolicyExport
from enterprise_adapters.memory.tokens import MemoryTokens

__all__ = [
    "HeldHint",
    "HintBus",
    "ManualClock",
    "MemoryChangeLog",
    "MemoryCheckpoints",
    "MemoryHints",
    "MemoryKeyUse",
    "MemoryLeases",
    "MemoryPolicyExport",
    "MemoryTokens",
]
