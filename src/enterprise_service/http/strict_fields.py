"""Fields of bodies, for marshmallow: nothing is converted, and every fault is told in the words of the contract."""

# ruff: noqa: ANN401, RUF012 - the signatures and attributes are marshmallow's

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Final, TypeAlias

from marshmallow import Schema, ValidationError, fields

from enterprise_policy.state.checks import ATTRIBUTE_LIMIT, NAME_LIMIT
from enterprise_policy.values.names import ID_PATTERN, id_fault, text_fault
from enterprise_policy.values.windows import parse_instant
from enterprise_service.administer.wish import RoleName

FaultOf: TypeAlias = Callable[[str], str | None]
"""What is wrong with a text, in words; ``None`` when nothing is."""

Words: TypeAlias = dict[str, str | list[Any] | dict[Any, Any]]
"""What marshmallow says of a field, by the name that it has for the fault."""

WORDS: Final[Words] = {"required": "is missing", "null": "must not be null"}
TEXT_WORDS: Final[Words] = {**WORDS, "invalid": "must be text"}

ID_LIMITS: Final[Mapping[str, Any]] = {"pattern": f"^{ID_PATTERN}$"}


def text_limits(most: int) -> dict[str, Any]:
    """The limits of a text of 1 to ``most`` characters, for JSON Schema."""
    return {"minLength": 1, "maxLength": most}


class Text(fields.String):
    """Text in which ``fault_of`` finds nothing wrong; ``shape`` says the same as far as JSON Schema can."""

    default_error_messages = TEXT_WORDS

    def __init__(self, fault_of: FaultOf, description: str, shape: Mapping[str, Any], **more: Any) -> None:
        super().__init__(metadata={"description": description, **shape}, **more)
        self._fault_of = fault_of

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        fault = self._fault_of(value)
        if fault is not None:
            raise ValidationError(fault)
        return value


class Id(Text):
    """The id of an organization, clinic, role or the like."""

    def __init__(self, description: str, fault_of: FaultOf = id_fault, **more: Any) -> None:
        super().__init__(fault_of, description, ID_LIMITS, **more)


class Moment(fields.String):
    """A time in UTC; it gives an ``Instant``."""

    default_error_messages = TEXT_WORDS

    def __init__(self, description: str, **more: Any) -> None:
        super().__init__(metadata={"description": description, "format": "date-time"}, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            return parse_instant(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Choice(fields.String):
    """A word of an enum, spelt exactly; it gives the member."""

    default_error_messages = TEXT_WORDS

    def __init__(self, members: Iterable[Enum], description: str, **more: Any) -> None:
        self._members = {member.value: member for member in members}
        words = [*self._members, *((None,) if more.get("allow_none") else ())]
        super().__init__(metadata={"description": description, "enum": words}, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if value not in self._members:
            raise ValidationError("must be " + " or ".join(f"`{word}`" for word in self._members))
        return self._members[value]


class Whole(fields.Integer):
    """A whole number from ``least`` to ``most``."""

    default_error_messages = WORDS

    def __init__(self, least: int, most: int, description: str, **more: Any) -> None:
        self._bounds = (least, most)
        super().__init__(metadata={"description": description, "minimum": least, "maximum": most}, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        least, most = self._bounds
        if type(value) is not int or not least <= value <= most:
            raise ValidationError(f"must be a whole number from {least} to {most}")
        return value


class Attributes(fields.Dict):
    """An object of texts; with ``removable`` ones, `null` takes a key away."""

    default_error_messages: Words = {**WORDS, "invalid": "must be an object of texts"}

    def __init__(self, description: str, *, removable: bool = False, **more: Any) -> None:
        value = fields.String(allow_none=removable, metadata=text_limits(ATTRIBUTE_LIMIT))
        super().__init__(fields.String(), value, metadata={"description": description}, **more)
        self._removable = removable

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        faults = {key: [fault] for key, text in value.items() if (fault := self._fault(key, text)) is not None}
        if faults:
            raise ValidationError(faults)
        return value

    def _fault(self, key: str, text: object) -> str | None:
        if text is None and self._removable:
            return text_fault(key, NAME_LIMIT)
        if not isinstance(text, str):
            return "must be text"
        return text_fault(key, NAME_LIMIT) or text_fault(text, ATTRIBUTE_LIMIT)


class NamedRole(fields.Raw):
    """A role by its id alone, or with the domain that made it; it gives a ``RoleName``."""

    default_error_messages: Words = {
        **WORDS,
        "invalid": "must be the id of a role, or an object with its `domain` and `id`",
    }

    def __init__(self, description: str, **more: Any) -> None:
        name = {"type": "string", **ID_LIMITS}
        both = {"type": "object", "properties": {"domain": name, "id": name}, "additionalProperties": False}
        forms = [name, {**both, "required": ["domain", "id"]}]
        super().__init__(metadata={"description": description, "oneOf": forms}, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if isinstance(value, str):
            return RoleName(None, _name(value))
        if not isinstance(value, dict) or value.keys() != {"domain", "id"}:
            raise self.make_error("invalid")
        if not all(isinstance(name, str) for name in value.values()):
            raise self.make_error("invalid")
        return RoleName(_name(value["domain"]), _name(value["id"]))


def _name(text: str) -> str:
    fault = id_fault(text)
    if fault is not None:
        raise ValidationError(fault)
    return text


class Items(fields.List[Any]):
    """A list of ``least`` to ``most`` items, if there are bounds; it gives a tuple."""

    default_error_messages: Words = {**WORDS, "invalid": "must be a list"}

    def __init__(
        self, item: fields.Field[Any], description: str, bounds: tuple[int, int | None] = (0, None), **more: Any
    ) -> None:
        self._least, self._most = bounds
        shape = {"minItems": self._least or None, "maxItems": self._most}
        told = {name: bound for name, bound in shape.items() if bound is not None}
        super().__init__(item, metadata={"description": description, **told}, **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **more: Any) -> Any:
        if isinstance(value, list):
            self._check_length(len(value))
        return tuple(super()._deserialize(value, attr, data, **more))

    def _check_length(self, length: int) -> None:
        """Before any item is looked at."""
        if length < self._least or (self._most is not None and length > self._most):
            most = "or more" if self._most is None else f"to {self._most:,}"
            raise ValidationError(f"must have {self._least} {most} items")


class Inner(fields.Nested):
    """An object of ``schema``."""

    default_error_messages = WORDS

    def __init__(self, schema: type[Schema], description: str = "", **more: Any) -> None:
        super().__init__(schema, metadata={"description": description} if description else {}, **more)
