from __future__ import annotations

import contextlib

from hypothesis import assume, given

from enterprise_service.bundles.faults import PolicyFilesError
from tests.unit.bundles.folders import UNHURRIED, folders
from tests.unit.bundles.loading import GIT, SAMPLES, empty, loaded, planned, records


@UNHURRIED
@given(folders())
def test_loading_a_folder_twice_is_loading_it_once(texts: tuple[str, ...]) -> None:
    assume(texts)
    for load in (GIT, SAMPLES):
        assert planned(loaded(empty(), *texts, load=load), *texts, load=load).edits == ()


@UNHURRIED
@given(folders(), folders())
def test_whatever_was_loaded_before_the_bundle_is_what_the_files_say(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    assume(before and after)

    moved = loaded(loaded(empty(), *before), *after)

    assert records(moved) == records(loaded(empty(), *after))


@UNHURRIED
@given(folders(), folders())
def test_a_load_on_what_others_made_keeps_every_record_of_theirs(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    assume(before and after)
    others = loaded(empty(), *before, load=SAMPLES)

    with contextlib.suppress(PolicyFilesError):
        both = records(loaded(others, *after))
        for key, record in records(others).items():
            assert both[key] == record or both[key].managed_by == "git"


@UNHURRIED
@given(folders(), folders())
def test_samples_change_and_delete_nothing_that_is_there(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    assume(before and after)
    there = loaded(empty(), *before)

    with contextlib.suppress(PolicyFilesError):
        assert records(there).items() <= records(loaded(there, *after, load=SAMPLES)).items()
