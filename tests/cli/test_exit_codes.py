"""The table of exit codes answers for every error code, and the documentation says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cutroom.cli.exit_codes import MEANINGS, Exit, exit_code
from cutroom.kernel.errors import ErrorCode

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_has_an_exit_code_that_is_not_success(code: ErrorCode) -> None:
    assert exit_code(code) in set(Exit) - {Exit.OK}


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(Exit)


def test_the_page_lists_every_exit_code_with_its_errors() -> None:
    rows = dict(re.findall(r"^\| (\d+) \|[^|]*\| ?([^|]*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    listed = {int(number): set(re.findall(r"`(\w+)`", codes)) for number, codes in rows.items()}
    expected = {int(answer): {code.value for code in ErrorCode if exit_code(code) is answer} for answer in Exit}
    assert listed == expected
