"""What people took away since the files were loaded: the next load must not give it again by itself."""

from __future__ import annotations

from typing import Final

from enterprise_policy.state.change import Change
from enterprise_service.bundles.draft import Ended, Given
from enterprise_service.bundles.traces import LOCAL, Traces

# Loads by versions before 0.5 have no mark but their reason; they alone wrote to a store then.
_REASON: Final = "policy load "


def ended_by_people(traces: Traces, revision: int) -> Ended:
    """Tells of a record whether people had the last word on it, and not a load of files, as of ``revision``.

    It is asked where files would give more than there is: then their word was to end or to shorten it.
    """

    def ended(record: Given) -> bool:
        newest = next(traces.touches(record, revision), None)
        return newest is not None and not _is_load(newest.change)

    return ended


def _is_load(change: Change) -> bool:
    return change.bundle is not None or (change.actor == LOCAL and (change.reason or "").startswith(_REASON))
