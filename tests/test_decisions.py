"""The documents keep their promises: links lead somewhere, decisions have their parts, dependencies their reasons."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from scripts import docs_check
from tests.support.launcher import ROOT


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    page = (ROOT / "docs" / "decisions" / "0004-dependencies.md").read_text()
    named = {name for row in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE) for name in re.split(r",? ", row)}
    assert {re.split(r"[\[<>=]", one)[0] for one in wanted} - named == set()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[a](other.md)", None),
        ("[a](other.md#part) and [b](https://example.test/x) and [c](#here)", None),
        ("[a](missing.md)", "missing.md"),
        ("![a](missing.png)", "missing.png"),
        ("[a](../outside.md)", "outside.md"),
        ("`[a](missing.md)`\n```\n[b](missing.md)\n```\n", None),
    ],
)
def test_links(tmp_path: Path, text: str, fault: str | None) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.md").touch()
    (root / "other.md").touch()
    (root / "page.md").write_text(text)
    found = list(docs_check.broken_links(root / "page.md", root))
    assert len(found) == (fault is not None)
    assert (fault or "") in "".join(found)


GOOD = "".join(f"## {part}\n\n" for part in ("Context", "Decision", "Consequences", "Alternatives", "Check"))


@pytest.mark.parametrize(
    ("pages", "fault"),
    [
        ({"0001-a.md": GOOD, "0002-b-c.md": GOOD}, None),
        ({"0001-a.md": GOOD, "0001-b.md": GOOD}, "the number is taken by 0001-a.md"),
        ({"a.md": GOOD}, "a decision is named"),
        ({"0001-a.md": GOOD.replace("## Check", "## Proof")}, "needs the parts"),
        ({"0001-a.md": GOOD.replace("## Context\n", "") + "## Context\n"}, "in this order"),
    ],
)
def test_decision_pages(tmp_path: Path, pages: dict[str, str], fault: str | None) -> None:
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    found = list(docs_check.misshapen_decisions(tmp_path))
    assert len(found) == (fault is not None)
    assert (fault or "") in "".join(found)
