"""Resource patterns: which resources a permission is about (HTTP contract, section 1).

A path in which a segment ``:name`` stands for exactly one segment, and a last segment ``*`` for one or more; or
other text, matched whole; or ``*`` alone, every resource outside ``/management/``. Below ``/management/`` match
only patterns that begin with it. Matching takes time linear in the text; no regular expression is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Final

from enterprise_policy.values.names import MANAGEMENT, resource_fault

EVERYTHING: Final = "*"
ANY_SEGMENT: Final = ":any"
"""One segment of any value, where nothing gives it a name."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed path pattern.

    ``segments`` are its fixed segments, ``None`` where any one segment fits; ``open_ended`` whether one or more
    segments follow them.
    """

    segments: tuple[str | None, ...]
    open_ended: bool


def pattern_fault(text: str) -> str | None:
    """What keeps ``text`` from being a resource pattern, in words."""
    if text == EVERYTHING:
        return None
    fault = resource_fault(text)
    if fault is not None:
        return fault
    segments = text[1:].split("/") if text[0] == "/" else [text]
    if ":" in segments:
        return "has a bare `:`; write `:name` for one segment of any value"
    fixed = segments[:-1] if text[0] == "/" and segments[-1] == "*" else segments
    if any("*" in segment for segment in fixed):
        return "has a `*` that is neither alone nor the whole last segment of a path"
    return None


@lru_cache(maxsize=4096)
def parse_pattern(text: str) -> Pattern:
    """The path pattern ``text``, which begins with ``/`` and has no fault."""
    segments = text[1:].split("/")
    open_ended = segments[-1] == "*"
    if open_ended:
        segments.pop()
    return Pattern(tuple(None if s[0] == ":" else s for s in segments), open_ended)


def matches(pattern: str, resource: str) -> bool:
    """Whether ``resource`` (of a question) is among those that ``pattern`` names."""
    managed = resource.startswith(MANAGEMENT)
    if pattern == EVERYTHING:
        return not managed
    if pattern[:1] != "/":
        return pattern == resource
    if resource[:1] != "/" or (managed and not pattern.startswith(MANAGEMENT)):
        return False
    return fits(parse_pattern(pattern), resource[1:].split("/"))


def fits(pattern: Pattern, segments: list[str]) -> bool:
    """Whether the path of ``segments`` has the shape of ``pattern``; ``/management/`` is the caller's concern."""
    fixed = pattern.segments
    extra = len(segments) - len(fixed)
    if extra < 0 or (extra > 0) != pattern.open_ended:
        return False
    for want, have in zip(fixed, segments, strict=False):  # noqa: SIM110 (half the time of `all`, and every decision is here)
        if want is not None and want != have:
            return False
    return True


def covers(wide: str, narrow: str) -> bool:
    """Whether every resource that ``narrow`` matches is matched by ``wide``."""
    if wide == narrow:
        return True
    if wide == EVERYTHING:
        return not narrow.startswith(MANAGEMENT)
    if narrow == EVERYTHING or wide[:1] != "/" or narrow[:1] != "/":
        return False
    if narrow.startswith(MANAGEMENT) != wide.startswith(MANAGEMENT):
        return False
    return _path_covers(parse_pattern(wide), parse_pattern(narrow))


def _path_covers(wide: Pattern, narrow: Pattern) -> bool:
    shortest = len(narrow.segments) + narrow.open_ended
    if len(narrow.segments) < len(wide.segments) or shortest < len(wide.segments) + wide.open_ended:
        return False
    if not wide.open_ended and (narrow.open_ended or len(narrow.segments) != len(wide.segments)):
        return False
    return all(w is None or w == n for w, n in zip(wide.segments, narrow.segments, strict=False))


def overlaps(one: str, other: str) -> bool:
    """Whether some resource is matched by both."""
    if one == other:
        return True
    if EVERYTHING in (one, other):
        return not (one.startswith(MANAGEMENT) or other.startswith(MANAGEMENT))
    if one[:1] != "/" or other[:1] != "/" or one.startswith(MANAGEMENT) != other.startswith(MANAGEMENT):
        return False
    return _paths_overlap(parse_pattern(one), parse_pattern(other))


def _paths_overlap(one: Pattern, other: Pattern) -> bool:
    short, long = sorted((one, other), key=lambda p: len(p.segments))
    gap = len(long.segments) - len(short.segments)
    if gap > 0 and not short.open_ended:
        return False
    if gap == 0 and one.open_ended != other.open_ended:
        return False
    both = zip(short.segments, long.segments, strict=False)
    return all(a is None or b is None or a == b for a, b in both)


def common(one: str, other: str) -> str | None:
    """The pattern of the resources that both match; ``None`` when there are none. Names of segments aren't kept."""
    if not overlaps(one, other):
        return None
    if other in (one, EVERYTHING):
        return one
    return other if one == EVERYTHING else _common_path(parse_pattern(one), parse_pattern(other))


def _common_path(one: Pattern, other: Pattern) -> str:
    both = zip_longest(one.segments, other.segments)
    segments = [(b if a is None else a) or ANY_SEGMENT for a, b in both]
    return "/" + "/".join([*segments, "*"] if one.open_ended and other.open_ended else segments)
