"""The same policy in Casbin: for other programs that use pycasbin, and to check our decisions against."""

from enterprise_adapters.casbin.adapter import Adapter
from enterprise_adapters.casbin.async_adapter import AsyncAdapter
from enterprise_adapters.casbin.oracle import Oracle, Rules
from enterprise_adapters.casbin.registration import register
from enterprise_adapters.casbin.watcher import Watcher

__all__ = ["Adapter", "AsyncAdapter", "Oracle", "Rules", "Watcher", "register"]
