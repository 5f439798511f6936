"""Every way a call can fail, one class for each code of the HTTP contract.

A deny is a value, never an exception; an exception is never turned into an allow. Classes are grouped
by who has to act. ``str(error)`` is the public sentence: lower case, no final period, input in
backticks, no driver text. What a driver said travels as ``__cause__`` and ends in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    ``pointer`` is a JSON pointer into the input (RFC 6901), ``detail`` says what is wrong there.
    """

    pointer: str
    detail: str


class EnterpriseError(Exception):
    """The root of the tree. ``code`` is stable and public; ``faults`` say where, when that is known."""

    code: ClassVar[str]

    def __init__(self, detail: str, *, faults: tuple[Fault, ...] = ()) -> None:
        """``detail`` is the public sentence, ``faults`` the places in the input that caused it."""
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


# --- the caller has to send something else -------------------------------------------------------


class CallerError(EnterpriseError):
    """The request can't be served as it is; sending it again unchanged gives the same answer."""


class InvalidJsonError(CallerError):
    """The body is no JSON text in UTF-8."""

    code = "invalid_json"


class InvalidRequestError(CallerError):
    """A field, parameter or value breaks the contract; ``faults`` name each."""

    code = "invalid_request"

    @classmethod
    def at(cls, pointer: str, detail: str) -> InvalidRequestError:
        """The error for one fault at ``pointer``."""
        return cls(f"`{pointer}`: {detail}" if pointer else detail, faults=(Fault(pointer, detail),))


class UnauthenticatedError(CallerError):
    """There is no credential, or none that is valid."""

    code = "unauthenticated"


class ForbiddenError(CallerError):
    """The credential may not do this."""

    code = "forbidden"


class EscalationError(CallerError):
    """The credential may do this, but not to this extent. ``may`` are subjects who may, as far as the caller sees."""

    code = "escalation"
    may: tuple[str, ...] = ()


class NotFoundError(CallerError):
    """No such path or thing, or one that the caller may not see."""

    code = "not_found"


class MethodNotAllowedError(CallerError):
    """The path exists, the method doesn't."""

    code = "method_not_allowed"


class LengthRequiredError(CallerError):
    """The body came without a Content-Length of its own."""

    code = "length_required"


class TooLargeError(CallerError):
    """The body is over the limit."""

    code = "too_large"


class UnsupportedMediaTypeError(CallerError):
    """The body is not of a media type that this path reads."""

    code = "unsupported_media_type"


class AlreadyExistsError(CallerError):
    """The id, or an overlapping assignment, exists or has existed."""

    code = "already_exists"


class InUseError(CallerError):
    """Something still refers to what would go."""

    code = "in_use"


class ConflictError(CallerError):
    """The present state doesn't allow this change."""

    code = "conflict"


class RevisionNotReachedError(CallerError):
    """The revision asked for doesn't exist yet."""

    code = "revision_not_reached"


class ManagedByBundleError(CallerError):
    """The record came from git and is changed there."""

    code = "managed_by_bundle"


class RevisionMismatchError(CallerError):
    """``If-Match`` names another revision than the record's."""

    code = "revision_mismatch"


class UnknownReferenceError(CallerError):
    """A record that is referred to doesn't exist, or not where it can be used."""

    code = "unknown_reference"


class CycleError(CallerError):
    """Roles or domains would contain themselves."""

    code = "cycle"


class TooDeepError(CallerError):
    """The domain tree or the role inheritance would be more than 8 deep."""

    code = "too_deep"


class ReservedError(CallerError):
    """The name or the right belongs to the program."""

    code = "reserved"


class NotInCatalogueError(CallerError):
    """The permission is not among those offered to tenants."""

    code = "not_in_catalogue"


class IdempotencyMismatchError(CallerError):
    """The ``Idempotency-Key`` was used with something else."""

    code = "idempotency_mismatch"


class RateLimitedError(CallerError):
    """Too many calls; wait."""

    code = "rate_limited"


# --- try again later ------------------------------------------------------------------------------


class UnavailableError(EnterpriseError):
    """Nothing is wrong with the request; a part of the service can't answer now. Treat as deny."""


class StoreUnavailableError(UnavailableError):
    """The store can't be read or written, or what it holds doesn't verify."""

    code = "store_unavailable"


class PolicyUnavailableError(UnavailableError):
    """There is no snapshot that is fresh enough to decide on."""

    code = "policy_unavailable"


# --- the operator has to act ------------------------------------------------------------------------


class OperatorError(EnterpriseError):
    """The program refuses to start or to go on with what it was given."""


class ModelRefusedError(OperatorError):
    """The model file says something that the engine doesn't decide."""

    code = "model_refused"


class StoreRefusedError(OperatorError):
    """The store is not ours, of a newer format, or not writable."""

    code = "store_refused"


class ChainBrokenError(OperatorError):
    """An entry of the log or a checkpoint is missing, different or doesn't verify."""

    code = "chain_broken"

    def __init__(self, detail: str, *, revision: int) -> None:
        """``revision`` is the first one that is bad."""
        super().__init__(detail)
        self.revision = revision


class SettingsError(OperatorError):
    """A setting has a bad value; ``faults`` has one for each, with the variable's name as pointer."""

    code = "bad_settings"
