"""Casbin itself, as the reference that our decisions are compared with."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from enterprise_adapters.casbin import Oracle
from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import Instant

MODEL: Final = (Path(__file__).parents[2] / "policies" / "model.conf").read_text(encoding="utf-8")

# It warns of every denial.
logging.getLogger("casbin").setLevel(logging.CRITICAL)


def oracle(state: PolicyState, now: Instant) -> Oracle:
    """Casbin with the rules of ``state`` that are in force at ``now``."""
    return Oracle(MODEL, effective_rules(state, now))
