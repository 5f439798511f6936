"""From a bundle and a state to the edits that load the one on the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from enterprise_policy.errors import (
    AlreadyExistsError,
    ConflictError,
    Fault,
    InUseError,
    InvalidRequestError,
)
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import Instant
from enterprise_service.bundles.coverage import coverage_faults
from enterprise_service.bundles.draft import Bundle, Draft, Load, Named
from enterprise_service.bundles.faults import START, FileFault, PolicyFilesError, StoreConflictError, in_order
from enterprise_service.bundles.merge import difference
from enterprise_service.bundles.scope import scope_of
from enterprise_service.bundles.sequence import Failure, sequence
from enterprise_service.bundles.wanted import defines, describe, needs, wants_of

# What samples meet in a store that people have changed: no fault of the files.
_TAKEN = (AlreadyExistsError, ConflictError, InUseError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``edits`` in an order in which each can be made; none when nothing differs.

    ``skipped`` is what the files say and the load leaves as it is, each with the reason; ``drift`` what of a bundle
    people ended or shortened since, which stays so.
    """

    edits: tuple[Edit, ...]
    skipped: tuple[FileFault, ...] = ()
    drift: tuple[FileFault, ...] = ()


def plan(state: PolicyState, bundle: Bundle, load: Load, now: Instant) -> Plan:
    """The edits that load ``bundle`` on ``state`` at ``now``.

    With ``load.managed_by`` the state's records of that name become just those of the bundle: made, changed or
    deleted. A record of nobody that says the same already is taken over; any other that is in the way is a fault.
    What people ended since (``load.ended``) stays ended. A deleted role or domain takes the ended
    assignments with it that name it.

    Without it (samples) records are only made, by their ids, and belong to nobody; what is there stays as it is.

    Raises ``PolicyFilesError`` with every fault of the files, those that were found when they were read included;
    ``StoreConflictError`` when nothing is wrong with the files but that the store's records are somebody else's.
    """
    wants = wants_of(bundle.drafts, scope_of(state, bundle, load), load)
    found = difference(state, wants.sound, load, now)
    made = sequence(state, found.steps, now)
    faults = [*bundle.faults, *wants.faults, *coverage_faults(wants.made), *found.faults]
    skipped = list(found.skipped)
    for failure in _causes(made.failures, wants.lost):
        if load.managed_by is None and isinstance(failure.error, _TAKEN):
            skipped += _faults(failure, load)
        else:
            faults += _faults(failure, load)
    if found.faults and len(faults) == len(found.faults):
        raise StoreConflictError(faults)
    if faults:
        raise PolicyFilesError(faults)
    return Plan(edits=made.edits, skipped=in_order(skipped), drift=in_order(found.drift))


def _causes(failures: tuple[Failure, ...], lost: set[Named]) -> Iterator[Failure]:
    """The failures that don't follow from others, or from what is ``lost``."""
    made = (f.step.after for f in failures if f.step.before is None and f.step.after is not None)
    missing = lost | {name for name in map(defines, made) if name is not None}
    for failure in failures:
        record = failure.step.after
        if record is None or not (needs(record) & (missing - {defines(record)})):
            yield failure


def _faults(failure: Failure, load: Load) -> Iterator[FileFault]:
    error, draft, record = failure.error, failure.step.draft, failure.step.before
    if draft is None:
        what = "" if record is None else describe(record)
        detail = f"{what} isn't in the files any more and can't be deleted: {error.detail}"
        yield FileFault.at(load.managed_by or ".", START, detail)
        return
    for fault in error.faults or (Fault("", error.detail),):
        yield _fault(draft, fault, is_rest=isinstance(error, InvalidRequestError))


def _fault(draft: Draft, fault: Fault, *, is_rest: bool) -> FileFault:
    """The place of ``fault`` in the file; ``is_rest`` when its detail is the rest of a sentence about the value."""
    if is_rest:
        return draft.value_fault(fault.pointer, fault.detail)
    return draft.fault(fault.pointer, fault.detail)
