"""A copy of the tree, for tests that build it or break it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "*.egg-info")


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for folder in ("src", "adapters", "policies"):
        shutil.copytree(ROOT / folder, tmp_path / folder, symlinks=True, ignore=LEFT_BEHIND)
    for file in ("pyproject.toml", "setup.py", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path
