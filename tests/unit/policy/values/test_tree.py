"""The tree of domains."""

from __future__ import annotations

import pytest

from enterprise_policy.values.tree import DomainTree


def planted() -> DomainTree:
    """platform > o1 > (c1, g1 > (c2, c3)); platform > o2."""
    tree = DomainTree()
    for domain, parent in (
        ("o1", "platform"),
        ("o2", "platform"),
        ("c1", "o1"),
        ("g1", "o1"),
        ("c2", "g1"),
        ("c3", "g1"),
    ):
        tree = tree.with_domain(domain, parent)
    return tree


def test_platform_is_always_there() -> None:
    assert "platform" in DomainTree()
    assert DomainTree().path("platform") == ("platform",)
    assert DomainTree().parent("platform") is None
    assert list(DomainTree().below("platform")) == ["platform"]
    assert DomainTree().height("platform") == 1


def test_a_path_leads_up_to_platform() -> None:
    assert planted().path("c2") == ("c2", "g1", "o1", "platform")
    assert planted().path("nowhere") == ()
    assert planted().parent("c2") == "g1"
    assert planted().parent("nowhere") is None


@pytest.mark.parametrize(
    ("domain", "top", "within"),
    [
        ("c2", "o1", True),
        ("o1", "o1", True),
        ("o1", "c2", False),
        ("c2", "c1", False),
        ("c2", "o2", False),
        ("nowhere", "platform", False),
    ],
)
def test_a_domain_lies_within_itself_and_all_above(domain: str, top: str, within: bool) -> None:  # noqa: FBT001 - a column
    assert planted().is_within(domain, top) is within


def test_what_is_below_comes_after_its_parent() -> None:
    found = list(planted().below("o1"))
    assert set(found) == {"o1", "c1", "g1", "c2", "c3"}
    assert all(found.index(planted().parent(domain) or "") < found.index(domain) for domain in found[1:])
    assert set(planted().children_of("g1")) == {"c2", "c3"}
    assert set(planted().children_of("c1")) == set()


@pytest.mark.parametrize(("domain", "height"), [("c2", 1), ("g1", 2), ("o1", 3), ("platform", 4)])
def test_height_counts_the_longest_way_down(domain: str, height: int) -> None:
    assert planted().height(domain) == height


def test_a_moved_domain_takes_what_is_below_along() -> None:
    moved = planted().with_domain("g1", "o2")
    assert moved.path("c2") == ("c2", "g1", "o2", "platform")
    assert set(moved.below("o1")) == {"o1", "c1"}
    assert moved == planted().without("g1").with_domain("g1", "o2")


def test_a_tree_is_never_changed() -> None:
    tree = planted()
    tree.with_domain("c4", "c1")
    tree.without("c2")
    tree.with_domain("g1", "o2")
    assert tree == planted()


def test_without_the_last_child_no_trace_of_its_parent_is_left() -> None:
    assert DomainTree().with_domain("o1", "platform").without("o1") == DomainTree()
    with pytest.raises(KeyError):
        DomainTree().without("o1")
