"""Runs the tests of a pycasbin source tree on our adapter; a program of its own, since they are called `tests` too.

Takes the folder of the tree, our model file, and the file to write to: for each test what it ended with (nothing when
it passed), and whether our adapter had a part in it.
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from typing import Any

from casbin import async_internal_enforcer, core_enforcer
from spelled_adapter import AsyncSpelledAdapter, SpelledAdapter


class Told(unittest.TestResult):
    """What came of each test."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: dict[str, dict[str, object]] = {}
        self._made = 0

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's
        super().startTest(test)
        self._made = SpelledAdapter.made
        self.ended[test.id()] = {"error": "", "ours": False}

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's
        self.ended[test.id()]["ours"] = SpelledAdapter.made > self._made
        super().stopTest(test)

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: ANN401, N802 - unittest's
        super().addError(test, err)
        self.ended.setdefault(test.id(), {"ours": False})["error"] = f"{err[0].__name__}: {err[1]}"

    addFailure = addError  # noqa: N815 - unittest's


def main(tree: Path, model_file: str, told: Path) -> None:
    """See the module."""
    SpelledAdapter.model_file = model_file
    core_enforcer.FileAdapter = SpelledAdapter
    async_internal_enforcer.AsyncFileAdapter = AsyncSpelledAdapter
    sys.path.insert(0, str(tree))
    result = Told()
    unittest.defaultTestLoader.discover(str(tree / "tests"), top_level_dir=str(tree)).run(result)
    told.write_text(json.dumps(result.ended, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
