"""The steps, in order. A number is never used again, and a step that was released is never changed."""

from typing import Final

from enterprise_adapters.mongo.migrations.m0001_find_changes import FIND_CHANGES
from enterprise_adapters.mongo.migrations.m0002_newest_checkpoint import NEWEST_CHECKPOINT
from enterprise_adapters.mongo.migrations.m0003_casbin_rule import CASBIN_RULE
from enterprise_adapters.mongo.migrations.step import Step

STEPS: Final[tuple[Step, ...]] = (FIND_CHANGES, NEWEST_CHECKPOINT, CASBIN_RULE)
