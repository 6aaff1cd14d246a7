"""The log of a server: JSON, with the request it belongs to, and without anything that opens something."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import textwrap

import pytest

from cutroom.container import logs
from cutroom.container.logs import without_secrets

KEY = "ve_live_" + "aB3" * 10 + "xy"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhY2NfMSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key {KEY} was used", KEY),
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        (f"GET /files/{TOKEN}?x=1", TOKEN),
        ("GET /reload/approve?token=abcDEF123_-xyz", "abcDEF123_-xyz"),
        ("postgresql://cutroom:hunter2@db.example/cutroom", "hunter2"),
        ("https://b.s3.example/k?X-Amz-Signature=0123456789abcdef&x=1", "0123456789abcdef"),
        ("http://cutroom:s3cr3t@127.0.0.1:4000", "s3cr3t"),
        ("sk_test_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyjWDarjtT1zdp7dc"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ],
)
def test_secrets_are_hidden_wherever_they_stand(text: str, secret: str) -> None:
    for shown in (without_secrets(text), str(without_secrets({"a": [text]}))):
        assert secret not in shown
        assert "[hidden]" in shown


def test_ordinary_words_are_left_alone() -> None:
    text = "GET /fastclip/v1/clip/{job_id} 200 in 0.5 s of https://films.example/a.mp4?start=3"
    assert without_secrets(text) == text
    assert without_secrets({"password": "x", "seconds": 0.5, "ok": True}) == {
        "password": "[hidden]", "seconds": 0.5, "ok": True,
    }  # fmt: skip


def test_every_line_is_json_whoever_logs() -> None:
    code = f"""
        import logging, structlog
        from cutroom.container.logs import set_up_server_log
        set_up_server_log("info")
        structlog.contextvars.bind_contextvars(request_id="r1")
        structlog.get_logger("cutroom.access").info("request", route="/x", key="{KEY}")
        logging.getLogger("cutroom.somewhere").warning("for %s", "{KEY}")
        logging.getLogger("somebody.else").info("too much")
        try:
            raise ValueError("postgresql://u:hunter2@db/x")
        except ValueError:
            logging.getLogger("cutroom").exception("it failed")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["request", "for [hidden]", "it failed"]
    assert {line["request_id"] for line in lines} == {"r1"}
    assert lines[0]["level"] == "info"
    assert "ValueError" in lines[2]["exception"]
    assert KEY not in done.stderr
    assert "hunter2" not in done.stderr


def test_what_repeats_itself_is_said_now_and_then() -> None:
    moment = [0.0]
    sparing = logs.Sparing("dbos", 30.0, lambda: moment[0])

    def passes(name: str, text: str) -> bool:
        return bool(sparing.filter(logging.LogRecord(name, logging.WARNING, "", 0, text, (), None)))

    assert [passes("dbos.queue", "no database") for _ in range(3)] == [True, False, False]
    assert passes("dbos", "something else")
    assert [passes("cutroom.jobs", "the same") for _ in range(2)] == [True, True]
    moment[0] = 30.0
    assert passes("dbos.queue", "no database")
