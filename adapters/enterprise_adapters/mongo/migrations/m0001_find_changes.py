"""Changes are found by what they name, newest first, and parts of large ones by the same."""

from __future__ import annotations

from typing import Final

from enterprise_adapters.mongo.migrations.step import Index, Step

FIND_CHANGES: Final = Step(
    number=1,
    name="find changes",
    indexes=(
        Index(collection="policy_log", name="terms", keys=(("terms", 1), ("_id", -1))),
        Index(collection="policy_log_chunks", name="terms", keys=(("terms", 1), ("revision", -1))),
        Index(collection="policy_log_chunks", name="staged", keys=(("part", 1), ("revision", 1), ("append", 1))),
    ),
)
