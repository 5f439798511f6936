"""The uses of API keys: noted by each request for next to nothing, written to the store now and then."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Final

from enterprise_policy.errors import EnterpriseError
from enterprise_policy.values.windows import Instant
from enterprise_service.ports.key_use import KeyUse

WRITE_SECONDS: Final = 5.0
"""How often a process writes what it has noted."""

_log = logging.getLogger(__name__)


class KeyUses:
    """What this process has noted, and what all have written. Any thread may call it.

    Trouble with the store is logged when it begins, and never raised: whoever looks is told what is known here.
    """

    def __init__(self, written: KeyUse) -> None:
        """``written`` is where all processes write."""
        self._written = written
        self._noted: dict[str, Instant] = {}
        self._fault: str | None = None

    def add(self, key_id: str, at: Instant) -> None:
        """A use of the key ``key_id``."""
        self._noted[key_id] = at

    def last_used(self, key_ids: Collection[str]) -> Mapping[str, Instant]:
        """When each of ``key_ids`` was last used, as far as it is known."""
        noted = {key_id: at for key_id in key_ids if (at := self._noted.get(key_id)) is not None}
        try:
            written = self._written.last_used(key_ids)
        except EnterpriseError as error:
            self._tell(str(error))
            return noted
        return {**written, **{key_id: max(at, written.get(key_id, at)) for key_id, at in noted.items()}}

    def write(self) -> None:
        """Write what was noted since the last time, if anything was; what can't be written now is kept."""
        noted = self._noted.copy()
        if not noted:
            return
        try:
            self._written.note(noted)
        except EnterpriseError as error:
            self._tell(str(error))
            return
        self._tell(None)
        for key_id, at in noted.items():
            self._drop(key_id, at)

    def _drop(self, key_id: str, at: Instant) -> None:
        """Forget a use that is written; one that came meanwhile is put back, unless a still later one is there."""
        newest = self._noted.pop(key_id, at)
        if newest != at:
            self._noted.setdefault(key_id, newest)

    def _tell(self, fault: str | None) -> None:
        if fault is not None and fault != self._fault:
            _log.warning("when API keys were used can't be kept now: %s", fault)
        self._fault = fault
