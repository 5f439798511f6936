"""What goes wrong never looks like an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from enterprise_policy import errors
from enterprise_policy.decide.model import Model
from enterprise_service.cli.exit_codes import ExitCode, code_of
from tests.support.command_line import Machine

ASKED = ("dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")


def broken(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("oops"), ExitCode.FAULT),
        (MemoryError(), ExitCode.FAULT),
        (RecursionError(), ExitCode.FAULT),
        (AssertionError(), ExitCode.FAULT),
        (OSError(28, "No space left on device"), ExitCode.FAULT),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (SystemExit(0), ExitCode.UNREAD),
        (errors.StoreUnavailableError("away"), ExitCode.UNREACHABLE),
        (errors.ConflictError("others were faster"), ExitCode.CONFLICT),
    ],
)
@pytest.mark.parametrize("words", [("check", *ASKED), ("policy", "load")], ids=["check", "load"])
def test_what_goes_wrong_is_no_answer(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: ExitCode, words: tuple[str, ...]
) -> None:
    monkeypatch.setattr("enterprise_service.bootstrap.stores.open_store", broken(error))
    ended = machine(*words)
    assert (ended.code, ended.out) == (code, "")


def test_a_store_that_another_model_decides_is_not_asked(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("enterprise_service.bootstrap.stores.read_policy_model", lambda _: Model("", "another digest"))
        machine.load()
    for words in (("check", *ASKED), ("policy", "load"), ("serve",)):
        ended = machine(*words)
        assert (ended.code, ended.out) == (ExitCode.UNREACHABLE, "")
        assert "is decided by another model file than this process has" in ended.err


def test_every_error_has_a_code_that_is_no_answer() -> None:
    classes = [kind for kind in _below(errors.EnterpriseError) if kind.__module__ == errors.__name__]
    assert len(classes) > 25
    for kind in classes:
        error = kind("x", revision=1) if kind is errors.ChainBrokenError else kind("x")
        assert code_of(error) not in {ExitCode.YES, ExitCode.NO, ExitCode.FAULT}


def _below(kind: type[errors.EnterpriseError]) -> list[type[errors.EnterpriseError]]:
    return [found for below in kind.__subclasses__() for found in (below, *_below(below))]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConflictError("x"), ExitCode.CONFLICT),
        (errors.UnknownReferenceError("x"), ExitCode.CONFLICT),
        (errors.RevisionMismatchError("x"), ExitCode.CONFLICT),
        (errors.EscalationError("x"), ExitCode.REFUSED),
        (errors.StoreRefusedError("x"), ExitCode.UNREACHABLE),
        (errors.ModelRefusedError("x"), ExitCode.INPUT),
        (errors.SettingsError("x"), ExitCode.INPUT),
        (errors.RevisionNotReachedError("x"), ExitCode.UNREACHABLE),
    ],
)
def test_an_error_has_the_code_of_who_has_to_act(error: errors.EnterpriseError, code: ExitCode) -> None:
    assert code_of(error) is code
