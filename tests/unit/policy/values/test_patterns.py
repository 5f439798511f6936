"""Patterns, against every resource of a small world."""

from __future__ import annotations

from itertools import product

import pytest

from enterprise_policy.values.patterns import Pattern, common, covers, matches, overlaps, parse_pattern, pattern_fault
from tests.support.reference import names


def paths(segments: str, most: int, top: str = "") -> list[str]:
    """All paths of at most ``most`` of ``segments`` below ``top``."""
    return [
        top + "".join(f"/{s}" for s in chosen)
        for size in range(1, most + 1)
        for chosen in product(segments.split(), repeat=size)
    ]


# `z` is in no pattern, and paths are longer than patterns: what holds here holds for every resource.
RESOURCES = [*paths("a b z", 4), "/management", *paths("a b z", 3, "/management"), "t", "u"]
OPEN = ["/*", *(f"{path}/*" for path in paths("a b :x", 2))]
MANAGED = ["/management", *(f"/management/{end}" for end in ("a", ":x", "*", "a/*", ":x/b", ":x/*"))]
PATTERNS = [*paths("a b :x", 3), *OPEN, *MANAGED, "t", "u", "*", ":x", "/:x/:y/*"]
MATCHED = {pattern: frozenset(r for r in RESOURCES if names(pattern, r)) for pattern in PATTERNS}


def test_every_pattern_of_the_world_has_no_fault() -> None:
    assert [pattern for pattern in PATTERNS if pattern_fault(pattern) is not None] == []


def test_matches_everywhere() -> None:
    assert {p: frozenset(r for r in RESOURCES if matches(p, r)) for p in PATTERNS} == MATCHED


def test_covers_everywhere() -> None:
    # A pattern of one other text is about a resource that the world doesn't have.
    known = [pattern for pattern in PATTERNS if MATCHED[pattern]]
    wrong = [
        (wide, narrow)
        for wide, narrow in product(known, known)
        if covers(wide, narrow) != (MATCHED[narrow] <= MATCHED[wide])
    ]
    assert wrong == []


def test_overlaps_everywhere() -> None:
    known = [pattern for pattern in PATTERNS if MATCHED[pattern]]
    wrong = [
        (one, other)
        for one, other in product(known, known)
        if overlaps(one, other) != bool(MATCHED[one] & MATCHED[other])
    ]
    assert wrong == []


def test_common_everywhere() -> None:
    known = [pattern for pattern in PATTERNS if MATCHED[pattern]]
    wrong = [
        (one, other)
        for one, other in product(known, known)
        if matched_by(common(one, other)) != MATCHED[one] & MATCHED[other]
    ]
    assert wrong == []


def matched_by(pattern: str | None) -> frozenset[str]:
    return frozenset() if pattern is None else frozenset(r for r in RESOURCES if names(pattern, r))


@pytest.mark.parametrize(
    ("pattern", "parsed"),
    [
        ("/a", Pattern(("a",), open_ended=False)),
        ("/a/:x/b", Pattern(("a", None, "b"), open_ended=False)),
        ("/a/*", Pattern(("a",), open_ended=True)),
        ("/*", Pattern((), open_ended=True)),
        ("/::", Pattern((None,), open_ended=False)),
        ("/a:x", Pattern(("a:x",), open_ended=False)),
    ],
)
def test_a_path_pattern_is_parsed(pattern: str, parsed: Pattern) -> None:
    assert parse_pattern(pattern) == parsed


@pytest.mark.parametrize(
    "pattern", ["*", "/*", "/a/*", "/:x", "/a:", "/a/:x/b", "reports", "a b", ":x", "/%2f/*", "/a/..b", "/...", "/:a:b"]
)
def test_a_good_pattern_has_no_fault(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("", "must not be empty"),
        ("a" * 1025, "must have at most 1024 characters"),
        ("a\tb", "must not hold control characters or lone surrogates"),
        ("/", "is a path: no empty, `.` or `..` segment, and no `/` at its end"),
        ("/a/", "is a path: no empty, `.` or `..` segment, and no `/` at its end"),
        ("//a", "is a path: no empty, `.` or `..` segment, and no `/` at its end"),
        ("/a/../b", "is a path: no empty, `.` or `..` segment, and no `/` at its end"),
        ("/./a", "is a path: no empty, `.` or `..` segment, and no `/` at its end"),
        (":", "has a bare `:`; write `:name` for one segment of any value"),
        ("/a/:", "has a bare `:`; write `:name` for one segment of any value"),
        ("/a/:/*", "has a bare `:`; write `:name` for one segment of any value"),
        ("/*/a", "has a `*` that is neither alone nor the whole last segment of a path"),
        ("/a*", "has a `*` that is neither alone nor the whole last segment of a path"),
        ("/a/**", "has a `*` that is neither alone nor the whole last segment of a path"),
        ("/:x*", "has a `*` that is neither alone nor the whole last segment of a path"),
        ("a*", "has a `*` that is neither alone nor the whole last segment of a path"),
        ("**", "has a `*` that is neither alone nor the whole last segment of a path"),
    ],
)
def test_a_bad_pattern_is_told_its_fault(pattern: str, fault: str) -> None:
    assert pattern_fault(pattern) == fault
