"""``policy load``: files into the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import click

from enterprise_policy.state.edits import Edit
from enterprise_policy.values.names import id_fault
from enterprise_service.administer.commit import Committed, Request, judge
from enterprise_service.administer.scene import Author, Scene, Terms, scene_of
from enterprise_service.bundles.draft import Bundle, Load
from enterprise_service.bundles.drift import ended_by_people
from enterprise_service.bundles.faults import FileFault
from enterprise_service.bundles.plan import plan
from enterprise_service.bundles.traces import Traces
from enterprise_service.cli.output import Format, emit, note, output_option
from enterprise_service.cli.policy.files import (
    CasbinOptions,
    PolicyText,
    bundle_of,
    casbin_options,
    faults_shown,
    path_argument,
    read_policy,
)
from enterprise_service.cli.tools import Tools
from enterprise_service.cli.trial import trial
from enterprise_service.settings import read_settings

ACTOR: Final = "system:local"
"""Who changes a store from the command line of its machine."""

_DONE: Final = {"create": "created", "update": "updated", "delete": "deleted"}


@click.command
@path_argument
@click.option("--bundle", "name", help="The name of the bundle that the records belong to. Default: the folder's name.")
@click.option("--unmanaged", is_flag=True, help="Make records of nobody; change and delete none.")
@casbin_options
@click.option("--revive", is_flag=True, help="Give again what people ended or shortened since the last load.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@output_option
@click.pass_obj
def load(tools: Tools, /, *, path: Path | None, output: Format, dry_run: bool, **given: Any) -> int:  # noqa: ANN401
    """Put what the files at PATH say into the store of this machine, in one change.

    The records belong to a bundle: what it had before and isn't in the files any more is deleted. Files below `samples`
    and `tests` are left out. What people ended or shortened since it was loaded stays so, and is told.
    """
    text = read_policy(tools, path)
    bundle = bundle_of(text, text.loaded, CasbinOptions(casbin=given["casbin"], patterns=given["patterns"]))
    loading = _Loading(bundle, _load(text, given["name"], unmanaged=given["unmanaged"]), revive=given["revive"])
    with faults_shown(text):
        committed = _try(tools, loading) if dry_run else _commit(tools, loading, text)
    _note_left(loading)
    emit(output, _data(committed, loading, dry_run=dry_run), lambda: _lines(committed, dry_run=dry_run))
    return 0


def _load(text: PolicyText, name: str | None, *, unmanaged: bool) -> Load:
    if unmanaged and name is not None:
        raise click.UsageError("give --bundle or --unmanaged, not both")
    bundle = text.name if name is None else name
    fault = None if unmanaged else id_fault(bundle)
    if fault is not None:
        raise click.UsageError(f"the bundle's name `{bundle}` {fault}; give another with --bundle")
    return Load(actor=ACTOR, managed_by=None if unmanaged else bundle)


@dataclass(slots=True)
class _Loading:
    """A bundle on its way, and what of it was left out at the last attempt.

    ``traces`` are the store's, once it is open; with ``revive`` they don't matter.
    """

    bundle: Bundle
    load: Load
    revive: bool
    traces: Traces | None = None
    skipped: Sequence[FileFault] = field(default_factory=tuple)
    drift: Sequence[FileFault] = field(default_factory=tuple)

    def propose(self, scene: Scene) -> Sequence[Edit]:
        load = self.load
        if self.traces is not None and not self.revive:
            load = replace(load, ended=ended_by_people(self.traces, scene.before.revision))
        planned = plan(scene.state, self.bundle, load, scene.now)
        self.skipped, self.drift = planned.skipped, planned.drift
        return planned.edits


def _author() -> Author:
    return Author(actor=ACTOR, credential="local", request_id=f"cli-{uuid4().hex}")


def _try(tools: Tools, loading: _Loading) -> Committed:
    with trial(tools) as tried:
        loading.traces = None if tried.log is None else Traces(tried.log)
        scene = scene_of(tried.state, tried.now, _author(), Terms(bundle=loading.load.managed_by))
        return Committed(state=tried.state, edits=judge(scene, loading.propose))


def _commit(tools: Tools, loading: _Loading, text: PolicyText) -> Committed:
    request = Request(propose=loading.propose, reason=f"policy load {text.name}"[:500], bundle=loading.load.managed_by)
    with tools.writing(read_settings(tools.environment)) as writing:
        loading.traces = Traces(writing.log)
        return writing.commit(_author(), request)


def _note_left(loading: _Loading) -> None:
    for fault in loading.skipped:
        note(f"skipped: {fault.where}: {fault.detail}; {fault.expected or 'it stays as it is'}")
    for fault in loading.drift:
        note(f"drift: {fault.where}: {fault.detail}; {fault.expected or 'it stays as it is'}")
    if loading.drift:
        note("to give again what people ended or shortened, load with --revive")


def _data(committed: Committed, loading: _Loading, *, dry_run: bool) -> dict[str, Any]:
    return {
        "revision": committed.revision,
        "dry_run": dry_run,
        "made": committed.made,
        "edits": [_edit(edit) for edit in committed.edits],
        "skipped": [_left(fault) for fault in loading.skipped],
        "drift": [_left(fault) for fault in loading.drift],
    }


def _left(fault: FileFault) -> dict[str, str]:
    return {"where": fault.where, "detail": fault.detail}


def _edit(edit: Edit) -> dict[str, str]:
    return {"op": edit.op.value, "kind": edit.kind.value, "domain": edit.record.domain, "id": edit.record.id}


def _lines(committed: Committed, *, dry_run: bool) -> Iterator[str]:
    for edit in committed.edits:
        yield f"{edit.op.value} {edit.kind.value} {edit.record.id} in {edit.record.domain}"
    counts = Counter(edit.op.value for edit in committed.edits)
    done = ", ".join(f"{counts[op]} {word}" for op, word in _DONE.items() if counts[op]) or "nothing to do"
    yield f"{'dry run at ' if dry_run else ''}revision {committed.revision}: {done}"
