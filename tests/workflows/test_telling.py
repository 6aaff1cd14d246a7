"""What is told of failures: links lose what opens them, everything else stays."""

from __future__ import annotations

import pytest

from cutroom.workflows.telling import in_one_line, told_in_full, without_secrets


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no link: a/b?c=d @ e", "no link: a/b?c=d @ e"),
        ("https://e.com/a.mp4", "https://e.com/a.mp4"),
        ("'https://me:p%40w@e.com:8080/a b'", "'https://e.com:8080/a b'"),
        ("<http://e.com?X-Amz-Signature=1#f> and", "<http://e.com?...> and"),
        ("https://e.com/a#access_token=1", "https://e.com/a?..."),
        ("postgresql://u:p@h/db", "postgresql://h/db"),
        ("two: http://a@b/c?d http://a:b@c/d", "two: http://b/c?... http://c/d"),
    ],
)
def test_links_keep_host_and_path_alone(text: str, told: str) -> None:
    assert without_secrets(text) == told


def test_a_line_is_one_and_has_an_end() -> None:
    assert in_one_line(" a\n b\r\n\tc ") == "a b c"
    long = in_one_line("x" * 5000 + " the cause")
    assert len(long) <= 1010
    assert long.endswith("the cause")


def test_a_traceback_says_where_and_why() -> None:
    error = ValueError("at https://u:secret@e.com/")
    error.__cause__ = KeyError("k")
    with pytest.raises(ValueError, match="at") as caught:
        raise error
    told = told_in_full(caught.value)
    assert "test_telling.py" in told
    assert "KeyError: 'k'" in told
    assert "ValueError: at https://e.com/" in told
    assert "secret@" not in told
