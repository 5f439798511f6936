"""The model file: what the decision means, in Casbin's words.

This engine decides one model; a file that says anything else is refused at start, with the clause named, instead of
being decided wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from enterprise_policy.errors import ModelRefusedError

_DEFINITIONS: Final[Mapping[tuple[str, str], str]] = {
    ("request_definition", "r"): "sub,dom,obj,act",
    ("policy_definition", "p"): "sub,dom,obj,act,eft",
    ("role_definition", "g"): "_,_,_",
    ("role_definition", "g2"): "_,_",
    ("policy_effect", "e"): "some(where(p.eft==allow))&&!some(where(p.eft==deny))",
}
_MATCHER: Final = ("matchers", "m")
_CLAUSES: Final = frozenset(
    {
        'p.sub!=""',
        "g2(r.dom,p.dom)",
        "g(r.sub,p.sub,r.dom)",
        "resourceMatch(r.obj,p.obj)",
        '(p.act=="*"||r.act==p.act)',
    }
)


@dataclass(frozen=True, slots=True)
class Model:
    """``text`` is the file, ``digest`` the SHA-256 of what it says, blanks and comments aside."""

    text: str
    digest: str


def read_model(text: str) -> Model:
    """The model that ``text`` writes down. Raises ``ModelRefusedError`` with the clause that isn't decided."""
    said = dict(_statements(text))
    for key, meant in _DEFINITIONS.items():
        if said.get(key) != meant:
            raise _refused(key, said.get(key, ""), meant)
    _check_matcher(said.get(_MATCHER, ""))
    unknown = set(said) - set(_DEFINITIONS) - {_MATCHER}
    if unknown:
        section, name = min(unknown)
        detail = f"the model defines `{name}` in `[{section}]`, which this engine doesn't decide"
        raise ModelRefusedError(detail)
    canonical = "\n".join(f"{section}.{name}={value}" for (section, name), value in sorted(said.items()))
    return Model(text, sha256(canonical.encode()).hexdigest())


def _statements(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    section = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith(("#", ";")):
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
            continue
        name, found, value = line.partition("=")
        if not found:
            detail = f"line {number} of the model is neither a section nor a definition: `{line}`"
            raise ModelRefusedError(detail)
        yield (section, name.strip()), _without_blanks(value)


def _without_blanks(value: str) -> str:
    """``value`` without the blanks that say nothing: those outside of quotes."""
    return re.sub(r'("[^"]*")|\s+', lambda found: found[1] or "", value)


def _check_matcher(matcher: str) -> None:
    clauses = matcher.split("&&")
    for clause in clauses:
        if clause not in _CLAUSES:
            detail = f"the matcher has the clause `{clause}`, which this engine doesn't decide"
            raise ModelRefusedError(detail)
    missing = sorted(_CLAUSES.difference(clauses))
    if missing:
        detail = f"the matcher lacks the clause `{missing[0]}`, which this engine always decides by"
        raise ModelRefusedError(detail)


def _refused(key: tuple[str, str], said: str, meant: str) -> ModelRefusedError:
    section, name = key
    return ModelRefusedError(f"`{name}` in `[{section}]` of the model is `{said}`, and only `{meant}` is decided")
