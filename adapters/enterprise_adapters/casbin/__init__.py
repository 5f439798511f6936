"""The same policy in Casbin: for other programs that use pycasbin, and to check our decisions against."""

from enterprise_adapters.casbin.oracle import Oracle, Rules
from enterprise_adapters.casbin.registration import register

__all__ = ["Oracle", "Rules", "register"]
