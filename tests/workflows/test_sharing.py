"""How many threads a job gets beside others."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, cast

import pytest

from cutroom.model.tool import ToolResult
from cutroom.workflows.shares import Shares
from cutroom.workflows.sharing import SharedEngine, SharedTools


@pytest.mark.parametrize(("threads", "expected"), [(1, [1, 1, 1]), (2, [2, 1, 1]), (8, [8, 4, 2]), (7, [7, 3, 2])])
def test_who_is_alone_has_all_and_several_have_equal_parts(threads: int, expected: list[int]) -> None:
    shares = Shares(threads)
    with shares.share() as first, shares.share() as second, shares.share() as third:
        assert [first, second, third] == expected
    with shares.share() as alone:
        assert alone == threads


def test_a_part_is_given_back_by_whoever_fails() -> None:
    shares = Shares(4)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"), shares.share():
            raise ValueError("no")
    with shares.share() as alone:
        assert alone == 4


def test_one_job_has_no_more_than_is_set() -> None:
    with Shares().share() as alone:
        assert alone >= 1
    shares = Shares(8, most=3)
    with shares.share() as first, shares.share() as second, shares.share() as third:
        assert (first, second, third) == (3, 3, 2)


def test_what_is_spare_is_given_to_one_and_given_back() -> None:
    shares = Shares(2)
    with shares.share(), shares.spare() as first, shares.spare() as second, shares.share() as third:
        assert (first, second, third) == (True, False, 1)
    with shares.share(), shares.spare() as again:
        assert again
    with Shares(1).spare() as alone, Shares(8, most=1).spare() as bound:
        assert (alone, bound) == (False, False)


def test_cuts_and_tools_share_with_each_other() -> None:
    asked: list[tuple[str, int]] = []
    shares = Shares(6)
    nothing = cast("Any", None)

    class Engine:
        def probe(self, *_given: Any, **_more: Any) -> Any:
            return None

        def cut(self, *_given: Any, **_more: Any) -> Any:
            return SharedTools(toolbox, shares).run("gif", {}, Path(), Path())

    class Tools:
        def run(self, *_given: Any, **_more: Any) -> Any:
            return nothing

    def engine(threads: int) -> Engine:
        asked.append(("engine", threads))
        return Engine()

    def toolbox(threads: int) -> Tools:
        asked.append(("tools", threads))
        return Tools()

    SharedEngine(engine, shares).cut(Path(), nothing, Path())
    assert asked == [("engine", 6), ("tools", 3)]


def test_tools_are_run_with_the_part_they_have() -> None:
    asked: list[int] = []
    inside, go_on = threading.Event(), threading.Event()

    class Slow:
        def run(self, *_given: Any, **_more: Any) -> ToolResult:
            inside.set()
            assert go_on.wait(5)
            return cast("ToolResult", None)

    def toolbox(threads: int) -> Slow:
        asked.append(threads)
        return Slow()

    tools = SharedTools(toolbox, Shares(4))
    others = [threading.Thread(target=tools.run, args=("gif", {}, Path(), Path())) for _ in range(2)]
    for other in others:
        inside.clear()
        other.start()
        assert inside.wait(5)
    go_on.set()
    for other in others:
        other.join(5)
    tools.run("gif", {}, Path(), Path())
    assert asked == [4, 2, 4]
