"""The newest checkpoint of a log is found without looking at the others."""

from __future__ import annotations

from typing import Final

from enterprise_adapters.mongo.migrations.step import Index, Step

NEWEST_CHECKPOINT: Final = Step(
    number=2,
    name="newest checkpoint",
    indexes=(Index(collection="policy_checkpoints", name="newest", keys=(("log_id", 1), ("revision", -1))),),
)
