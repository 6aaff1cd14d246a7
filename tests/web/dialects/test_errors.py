"""Every code of the error tree has an answer in every dialect."""

from __future__ import annotations

import json

import pytest

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.web.dialects.clipapi import errors as clipapi
from cutroom.web.dialects.fastclip import errors as fastclip

pytestmark = pytest.mark.slow

DIALECTS = {"fastclip": fastclip, "clipapi": clipapi}


@pytest.mark.parametrize("code", ErrorCode)
@pytest.mark.parametrize("name", DIALECTS)
def test_every_code_has_a_status_and_a_sentence(name: str, code: ErrorCode) -> None:
    rendered = DIALECTS[name].render(CutroomError(code, "What happened.", detail="/secret/path"))
    assert 400 <= rendered.status < 600
    assert list(rendered.body) == ["detail"]
    assert isinstance(rendered.body["detail"], str)
    assert rendered.body["detail"]
    assert "secret" not in json.dumps(rendered.body)


@pytest.mark.parametrize("name", DIALECTS)
def test_the_tables_have_no_rows_for_codes_that_are_gone(name: str) -> None:
    assert set(DIALECTS[name].STATUS) == set(ErrorCode)


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        (ErrorCode.INSUFFICIENT_BALANCE, 402, "Insufficient balance"),
        (ErrorCode.STORAGE_FULL, 409, "Storage quota full"),
        (ErrorCode.RELOAD_DISABLED, 403, "API Reload is not enabled"),
    ],
)
def test_fastclip_says_what_its_document_prints(code: ErrorCode, status: int, sentence: str) -> None:
    rendered = fastclip.render(CutroomError(code, "Otherwise."))
    assert (rendered.status, rendered.body) == (status, {"detail": sentence})


def test_only_links_are_answered_with_422() -> None:
    links = {code for code, status in fastclip.STATUS.items() if status == 422}
    assert all(code.value.startswith(("source_", "not_media", "media_", "no_")) for code in links)
    assert fastclip.STATUS[ErrorCode.INVALID_REQUEST] == 400
