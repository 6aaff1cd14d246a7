"""Names people choose."""

from __future__ import annotations

import pytest

from cutroom.accounts.names import checked_name
from cutroom.kernel.errors import ErrorCode
from tests.accounts.rooms import refusal


def test_blanks_around_a_name_go_and_one_letter_has_one_spelling() -> None:
    assert checked_name("  Zoe\u0308 ") == "Zo\u00eb"
    assert checked_name("") == ""
    assert checked_name("x" * 200) == "x" * 200


@pytest.mark.parametrize("name", ["x" * 201, "a\x00b", "a\nb", "a\u2028b", "\ud800"])
def test_names_that_no_column_or_page_could_take_are_refused(name: str) -> None:
    assert refusal(lambda: checked_name(name)) is ErrorCode.INVALID_REQUEST
