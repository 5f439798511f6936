"""How a command ends: one table, the same for all of them.

An answer is 0 or 1 and nothing else is: what went wrong never looks like an answer, and a deny never like an allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from enterprise_policy import errors


class ExitCode(IntEnum):
    """The codes. ``docs/reference/exit-codes.md`` shows them to people, and a test compares the two."""

    YES = 0
    NO = 1
    INPUT = 2
    UNREACHABLE = 3
    REFUSED = 4
    CONFLICT = 5
    FAULT = 70
    INTERRUPTED = 130
    UNREAD = 141


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.YES: "yes, or done",
    ExitCode.NO: "the answer is no: denied, a case failed, a difference, something to mend",
    ExitCode.INPUT: "the command, a setting or a file is wrong",
    ExitCode.UNREACHABLE: "no answer: no store or service, or it isn't ready, or a revision that doesn't exist yet",
    ExitCode.REFUSED: "not authenticated, or not allowed to ask or do this",
    ExitCode.CONFLICT: "nothing was written: what is there doesn't go together with it",
    ExitCode.FAULT: "a fault of this program or of the system; no answer",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.UNREAD: "whoever read the output went away",
}


class Failure(Exception):  # noqa: N818 - the command fails; what failed is in the sentence
    """Ends a command with ``code``; ``sentences`` go to stderr, a line each."""

    def __init__(self, code: ExitCode, *sentences: str) -> None:
        """At least one sentence."""
        super().__init__("; ".join(sentences))
        self.code = code
        self.sentences = sentences


# The most special class first.
_BY_CLASS: Final[tuple[tuple[type[errors.EnterpriseError], ExitCode], ...]] = (
    (errors.UnauthenticatedError, ExitCode.REFUSED),
    (errors.ForbiddenError, ExitCode.REFUSED),
    (errors.EscalationError, ExitCode.REFUSED),
    (errors.RevisionNotReachedError, ExitCode.UNREACHABLE),
    (errors.RateLimitedError, ExitCode.UNREACHABLE),
    (errors.InvalidJsonError, ExitCode.INPUT),
    (errors.InvalidRequestError, ExitCode.INPUT),
    (errors.NotFoundError, ExitCode.INPUT),
    (errors.CallerError, ExitCode.CONFLICT),
    (errors.UnavailableError, ExitCode.UNREACHABLE),
    (errors.StoreRefusedError, ExitCode.UNREACHABLE),
    (errors.ChainBrokenError, ExitCode.UNREACHABLE),
    (errors.OperatorError, ExitCode.INPUT),
)


def code_of(error: errors.EnterpriseError) -> ExitCode:
    """The code for an error of the service's own tree."""
    return next((code for kind, code in _BY_CLASS if isinstance(error, kind)), ExitCode.FAULT)


def failure_of(error: errors.EnterpriseError) -> Failure:
    """``error`` as the end of a command; of bad settings a sentence for each."""
    if isinstance(error, errors.SettingsError):
        return Failure(code_of(error), *(f"`{fault.pointer}` {fault.detail}" for fault in error.faults))
    return Failure(code_of(error), str(error))
