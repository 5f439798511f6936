"""Two sets of permissions compared, and how far."""

from __future__ import annotations

from itertools import combinations, islice

import pytest

from enterprise_policy.decide import comparison
from enterprise_policy.decide.comparison import Witness, appears
from enterprise_policy.decide.timeline import combinations_from
from enterprise_policy.state.role import Permission
from enterprise_policy.values.windows import ALWAYS, Window
from tests.support.policies import allow, deny


def between(before: list[Permission], after: list[Permission]) -> Witness | None:
    return appears(frozenset(before), frozenset(after))


@pytest.mark.parametrize("pattern", ["/a/b", "/a/:x", "/a/*", "reports", "*", "/management", "/management/*"])
def test_of_nothing_everything_appears(pattern: str) -> None:
    assert between([], [allow(pattern, "read")]) == (pattern, "read")
    assert between([allow(pattern, "read")], []) is None


@pytest.mark.parametrize(
    ("before", "after", "witness"),
    [
        # paths of one length, of another, and of every length
        ([allow("/:x"), allow("/:x/*")], [allow("/*")], None),
        ([allow("/:x"), allow("/:x/:y/*")], [allow("/*")], "/:any/*"),
        ([allow("/:x"), allow("/:x/:y")], [allow("/*")], "/:any/:any/*"),
        ([allow("/*")], [allow("*")], "*"),
        ([], [allow("/*"), deny("/:x"), deny("/:x/*")], None),
        ([], [allow("/*"), deny("/:x"), deny("/:x/:y/*")], "/:any/*"),
        # what several patterns name together
        ([], [allow("/:x/:y"), deny("/:x/b"), deny("/a/:y")], "/:x/:y"),
        ([allow("/:x/b")], [allow("/:x/:y"), deny("/:x/:y")], None),
        ([allow("/:x/b"), allow("/a/:x")], [allow("/:x/:y")], "/:x/:y"),
        # what was denied
        ([allow("*"), deny("/a")], [allow("*"), deny("/:x")], None),
        ([allow("*"), deny("/:x")], [allow("*"), deny("/a")], "/:x"),
        ([allow("/a"), deny("/a")], [allow("/a")], "/a"),
        ([allow("*"), deny("/:x/b")], [allow("/a/:x")], "/a/b"),
        ([allow("*"), deny("/*")], [allow("*"), deny("/:x")], "/:any/*"),
        ([allow("*"), deny("t")], [allow("*")], "t"),
        ([deny("/b"), allow("/:x")], [allow("/:x"), deny("/b")], None),
        ([deny("/b")], [deny("/c"), allow("/b")], "/b"),
        # the rights of the program are apart
        ([allow("*")], [allow("/management/:x")], "/management/:x"),
        ([allow("/management/*")], [allow("/:x/:y")], "/:x/:y"),
        ([allow("/:x")], [allow("/management")], None),
        ([allow("/:x"), deny("/management")], [allow("/:x")], "/management"),
        ([allow("*"), deny("/management/*")], [allow("*")], None),
    ],
)
def test_what_appears(before: list[Permission], after: list[Permission], witness: str | None) -> None:
    assert between(before, after) == (None if witness is None else (witness, "*"))


@pytest.mark.parametrize(
    ("before", "after", "witness"),
    [
        ([allow("/a", "read")], [allow("/a", "*")], ("/a", "*")),
        ([allow("/a", "*")], [allow("/a", "read")], None),
        ([allow("/a", "*"), deny("/a", "write")], [allow("/a", "*")], ("/a", "write")),
        ([allow("/a", "*"), deny("/a", "write")], [allow("/a", "*"), deny("/:x", "write")], None),
        ([allow("/a", "*"), deny("/a", "write")], [allow("/a", "read")], None),
        ([allow("/a", "*"), deny("/a", "*")], [allow("/a", "*"), deny("/a", "write")], ("/a", "*")),
        ([allow("/a", "*")], [allow("/a", "read"), allow("/a", "*")], None),
    ],
)
def test_actions(before: list[Permission], after: list[Permission], witness: tuple[str, str] | None) -> None:
    assert between(before, after) == witness


def crossing(count: int, depth: int = 12) -> list[str]:
    """``count`` patterns of ``depth`` segments that fix four of them, so that they overlap in many ways."""
    places = islice(combinations(range(depth), 4), count)
    return ["/" + "/".join("a" if place in fixed else ":x" for place in range(depth)) for fixed in places]


def test_patterns_that_overlap_in_many_ways_are_compared() -> None:
    wide = "/" + "/".join([":x"] * 12)
    ways = crossing(60)
    limited = [allow(wide), *map(deny, ways)]
    # A deny that goes is covered by the others only where it meets one of them.
    assert between(limited, [allow(wide), *map(deny, ways[1:])]) == (ways[0].replace(":x", ":any"), "*")
    assert between(limited, [allow(wide), *map(deny, ways[1:]), deny("/a/a/*")]) is None


def test_what_takes_too_long_to_compare_appears(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = [allow("/:x"), allow("/:x/*"), deny("/b/c/d")], [allow("/*"), deny("/b/c/*")]
    assert between(before, after) is None
    monkeypatch.setattr(comparison, "LOOKS", 4)
    assert between(before, after) == ("/*", "*")


def test_looks_without_a_resource_to_try_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [allow("/a"), *(deny(f"/b/{number}") for number in range(20))]
    assert between(before, [allow("/a")]) is None
    monkeypatch.setattr(comparison, "LOOKS", 19)
    assert between(before, [allow("/a")]) == ("/a", "*")


def test_looks_for_what_overlaps_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = [allow("/*")], [allow(f"/{number}") for number in range(20)]
    assert between(before, after) is None
    monkeypatch.setattr(comparison, "LOOKS", 200)
    assert between(before, after) is not None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], [(100, "")]),
        ([(ALWAYS, "a")], [(100, "a")]),
        ([(Window(None, 100), "a")], [(100, "")]),
        ([(Window(50, 150), "a")], [(100, "a"), (150, "")]),
        ([(Window(100, 101), "a")], [(100, "a"), (101, "")]),
        ([(Window(150, 200), "a"), (Window(200, None), "a")], [(100, ""), (150, "a")]),
        ([(Window(None, 200), "a"), (Window(150, None), "b")], [(100, "a"), (150, "ab"), (200, "b")]),
        ([(ALWAYS, "a"), (Window(150, 200), "a")], [(100, "a")]),
        ([(Window(150, 200), "a"), (Window(300, 400), "a")], [(100, ""), (150, "a")]),
        ([(ALWAYS, "a"), (Window(150, 200), "b"), (Window(250, 300), "b")], [(100, "a"), (150, "ab")]),
    ],
)
def test_what_is_current_together(given: list[tuple[Window, str]], told: list[tuple[int, str]]) -> None:
    found = combinations_from(given, 100)
    assert [(at, "".join(sorted(current))) for current, at in found.items()] == told
