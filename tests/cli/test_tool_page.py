"""The page about the tools says what their specs say."""

from __future__ import annotations

import re
from pathlib import Path

from cutroom.actions.run_tool import specs
from cutroom.cli.tool_page import tools_table

PAGE = Path(__file__).parents[2] / "docs" / "tools.md"


def test_the_table_is_what_the_code_says() -> None:
    assert f"\n\n{tools_table()}\n" in PAGE.read_text(encoding="utf-8"), "run: python -m cutroom.cli.tool_page"


def test_every_parameter_is_explained() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in tools_table().splitlines()[2:]]
    assert len(rows) == sum(max(1, len(spec.parameters)) for spec in specs())
    assert all(row[-1] and row[1] for row in rows)
    assert [row[0].strip("`") for row in rows if row[0]] == [spec.name for spec in specs()]


def test_every_tool_has_its_result_told() -> None:
    part = PAGE.read_text(encoding="utf-8").partition("## What comes out")[2].partition("##")[0]
    told = [name for row in re.findall(r"^\| (`[^|]*`) \|", part, re.MULTILINE) for name in re.findall(r"`(\S+)`", row)]
    assert sorted(told) == sorted(spec.name for spec in specs())
