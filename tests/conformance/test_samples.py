"""The document's own samples, run as they stand but for base URL and key."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conformance.conftest import Wire
from tests.support.launcher import ROOT
from tests.support.node import NODE

SPEC = ROOT / "spec" / "fastclip"
SAMPLES = dict(
    re.findall(r"^## (\S+)\n\n```\w+\n(.*?)^```", (SPEC / "samples.md").read_text(), re.MULTILINE | re.DOTALL)
)
EXAMPLES: list[dict[str, Any]] = json.loads((SPEC / "examples.json").read_text())

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


def run(name: str, base: str, key: str, folder: Path) -> str:
    """What the sample prints."""
    code = SAMPLES[name].replace("https://api.fastclip.dev/v1", base).replace("sk_live_...", key)
    file = folder / name
    file.write_text(code)
    program = {"py": [sys.executable], "mjs": [NODE], "sh": ["sh", "-e"]}[name.rpartition(".")[2]]
    done = subprocess.run([*program, file], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_samples_are_there() -> None:
    assert set(SAMPLES) == {f"{what}.{kind}" for what in ("clip", "reload") for kind in ("py", "mjs", "sh")}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clip.py", "clip.mjs"])
def test_a_sample_cuts_a_clip_and_prints_a_link_that_works(wire: Wire, tmp_path: Path, name: str) -> None:
    _, key = wire.account()
    link = run(name, wire.base, key, tmp_path).strip()
    answer = requests.get(link, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="clip_0-30-1-30.mp4"'


def test_curl_cuts_a_clip(wire: Wire, tmp_path: Path) -> None:
    _, key = wire.account()
    reply = json.loads(run("clip.sh", wire.base, key, tmp_path))
    assert reply["status"] == "pending"
    assert wire.call(key, "GET", f"/clip/{reply['job_id']}").status_code == 200


def spend_ten_cents(wire: Wire, key: str) -> str:
    order = {"url": "https://youtube.com/watch?v=dQw4w9WgXcQ", "start": 120, "end": 180}
    job_id = str(wire.call(key, "POST", "/clip", json=order).json()["job_id"])
    while wire.call(key, "GET", f"/clip/{job_id}").json()["status"] != "complete":
        pass
    return job_id


@pytest.mark.parametrize("name", ["reload.py", "reload.mjs"])
def test_a_sample_reloads_the_wallet(wire: Wire, tmp_path: Path, name: str) -> None:
    _, key = wire.account(reloads=True)
    spend_ten_cents(wire, key)
    assert run(name, wire.base, key, tmp_path) == "Balance: $4.90\n  visa ****4242\nNew balance: $29.90\n"


def test_curl_reloads_the_wallet(wire: Wire, tmp_path: Path) -> None:
    _, key = wire.account(reloads=True)
    spend_ten_cents(wire, key)
    replies, text = [], run("reload.sh", wire.base, key, tmp_path)
    while text.strip():
        reply, end = json.JSONDecoder().raw_decode(text)
        replies.append(reply)
        text = text[end:]
    assert [reply.get("balance") for reply in replies] == [4.9, None, 29.9]
    assert replies[1]["cards"][0]["last4"] == "4242"
    assert replies[2]["success"] is True


def test_every_example_of_the_document(wire: Wire) -> None:
    _, key = wire.account(reloads=True)
    clip_id = spend_ten_cents(wire, key)
    for example in EXAMPLES:
        method, path = example["call"].replace("{id}", clip_id).split()
        answer = wire.call(key, method, path, json=example.get("send"))
        assert answer.status_code == 200, (example["call"], answer.text)
        alike(example["get"], answer.json(), example["call"])
        for exact in example.get("exactly", ()):
            assert answer.json()[exact] == example["get"][exact], (example["call"], exact)


def alike(documented: Any, real: Any, where: str) -> None:
    """Every documented key is there, and has a value of the documented kind; null stands for any."""
    if isinstance(documented, dict):
        assert isinstance(real, dict), where
        for name, value in documented.items():
            assert name in real, f"{where}: {name} is missing"
            alike(value, real[name], f"{where}: {name}")
    elif isinstance(documented, list):
        assert isinstance(real, list), where
        for one in real:
            alike(documented[0], one, where)
    elif documented is not None and real is not None:
        kind = (
            (int, float)
            if isinstance(documented, (int, float)) and not isinstance(documented, bool)
            else type(documented)
        )
        assert isinstance(real, kind), f"{where} is {real!r}"
