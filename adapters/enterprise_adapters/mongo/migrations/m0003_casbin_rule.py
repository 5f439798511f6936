"""Rules of the export are found by their first fields, as Casbin's tools filter them."""

from __future__ import annotations

from typing import Final

from enterprise_adapters.mongo.migrations.step import Index, Step

CASBIN_RULE: Final = Step(
    number=3,
    name="casbin rule",
    indexes=(Index(collection="casbin_rule", name="rule", keys=(("ptype", 1), ("v0", 1), ("v1", 1))),),
)
