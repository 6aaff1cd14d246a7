"""clipapi's own samples, run as they stand but for host and key: curl, and JavaScript with EventSource.

The server is on a host name of its own, as the document's is, so that paths are the document's too. The work behind it
is made up: the samples name a page that is far away.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import sseclient

from cutroom.model.analysis import Step
from cutroom.web.app import build_app
from tests.conformance.test_samples import alike
from tests.support.launcher import ROOT
from tests.support.node import NODE
from tests.support.short_films import short_film
from tests.support.site import Backstage, open_backstage, serving

SPEC = ROOT / "spec" / "clipapi"
SAMPLES = dict(
    re.findall(r"^## (\S+)\n\n```\w+\n(.*?)^```", (SPEC / "samples.md").read_text(), re.MULTILINE | re.DOTALL)
)
EXAMPLES: list[dict[str, Any]] = json.loads((SPEC / "examples.json").read_text())
PROGRAMS = {"mjs": [NODE, "--experimental-eventsource"], "sh": ["sh", "-e"]}
# What a browser knows and Node does not: where a path alone leads, and the page's own variable for its headers.
PAGE = """
const headers = {{ Authorization: "Bearer {key}" }};
const fetched = globalThis.fetch;
globalThis.fetch = async (path, more) => {{
  const answer = await fetched(new URL(path, "{origin}"), more);
  console.log("fetched", (await answer.json()).status);
}};
"""

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


@dataclass
class Customer:
    """Somebody with a key, in a folder of their own."""

    behind: Backstage
    origin: str
    key: str
    here: Path

    def run(self, name: str, analysis_id: str = "") -> str:
        """What a sample prints."""
        code = SAMPLES[name].replace("https://api.clipapi.dev", self.origin).replace("YOUR_API_KEY", self.key)
        code = code.replace("job_a1b2c3d4e5f6", analysis_id)
        kind = name.rpartition(".")[2]
        file = self.here / name
        file.write_text((PAGE.format(key=self.key, origin=self.origin) if kind == "mjs" else "") + code)
        done = subprocess.run(
            [*PROGRAMS[kind], file], cwd=self.here, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def order(self) -> str:
        return str(json.loads(self.run("analyze.sh"))["analysis_id"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, str]]:
    with (
        open_backstage(tmp_path_factory.mktemp("clipapi"), hosts={"clipapi": "127.0.0.1"}) as behind,
        serving(build_app(behind.services)) as origin,
    ):
        yield behind, origin


@pytest.fixture
def customer(world: tuple[Backstage, str], tmp_path: Path) -> Customer:
    behind, origin = world
    account, _ = behind.account_on("enterprise")
    with behind.services.database.write() as tx:
        _, key = behind.services.accounts.create_key(tx, account.id, prefix="ve_live_")
    return Customer(behind, origin, key, tmp_path)


def test_all_samples_are_there() -> None:
    assert set(SAMPLES) == {"analyze.sh", "poll.sh", "upload.sh", "stream.mjs"}


def test_curl_orders_and_polls(customer: Customer) -> None:
    reply = json.loads(customer.run("analyze.sh"))
    made = reply["analysis_id"]
    assert reply == {
        "analysis_id": made, "status": "queued", "stream_url": f"/api/v1/analyses/{made}/stream"
    }  # fmt: skip
    assert json.loads(customer.run("poll.sh", made))["status"] == "queued"
    customer.behind.analyse(made)
    assert json.loads(customer.run("poll.sh", made))["status"] == "completed"
    with requests.get(customer.origin + reply["stream_url"], stream=True, timeout=10) as answer:
        names = [event.event for event in sseclient.SSEClient(answer.iter_content(None)).events()]
    assert names[-1] == "pipeline_done"


def test_curl_uploads(customer: Customer) -> None:
    (customer.here / "video.mp4").write_bytes(short_film("mp4").path.read_bytes())
    reply = json.loads(customer.run("upload.sh"))
    assert set(reply) == {"analysis_id", "status", "stream_url"}


def test_javascript_follows_the_steps(customer: Customer) -> None:
    made = customer.order()
    threading.Timer(1.0, customer.behind.analyse, [made]).start()
    said = customer.run("stream.mjs", made).splitlines()
    assert [line.split()[1] for line in said[:8]] == [step.value for step in Step]
    assert all(re.fullmatch(r"✓ \w+ completed in \d+ms", line) for line in said[:8])
    assert said[8:] == ["Analysis complete!", "fetched completed"]


@pytest.mark.parametrize("header", ["Authorization: Bearer {}", "X-API-Key: {}"])
def test_both_headers_of_the_document(customer: Customer, header: str) -> None:
    name, _, value = header.format(customer.key).partition(": ")
    answer = requests.get(f"{customer.origin}/v1/usage", headers={name: value}, timeout=10)
    assert answer.status_code == 200
    assert all(f"X-RateLimit-{what}" in answer.headers for what in ("Limit", "Remaining", "Reset"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['call']} {example.get('when', '')}")
def test_the_examples_of_the_document(customer: Customer, example: dict[str, Any]) -> None:
    """Every documented field is there under its name, in replies and in events; where it is known, of that kind."""
    made = customer.order()
    when = example.get("when")
    if when in {"processing", "completed"}:
        first = list(Step)[: 4 if when == "processing" else None]
        customer.behind.analyse(made, *first, finish=when == "completed")
    method, path = example["call"].split()
    headers = {"X-Api-Key": customer.key} if when != "without a key" else {}
    url = f"{customer.origin}/v1{path.format(analysis_id=made)}"
    answer = requests.request(method, url, json=example.get("send"), headers=headers, timeout=30)
    assert answer.status_code == example["status"], answer.text
    if "events" in example:
        told = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
        for documented in example["events"]:
            same = [one for one in told if all(one.get(n) == documented.get(n) for n in ("event", "step"))]
            assert len(same) == 1
            alike(documented, {name: same[0][name] for name in documented}, path)
        return
    if "get" in example:
        alike(example["get"], answer.json(), path)
    else:
        placed(example["fields"], answer.json(), path)


def placed(documented: Any, got: Any, where: str) -> None:
    """Every name of the document in its place; what is null or empty here is not known here."""
    if isinstance(documented, dict):
        for name, value in documented.items():
            assert name in got, f"{where}.{name}"
            if got[name] is not None:
                placed(value, got[name], f"{where}.{name}")
    elif isinstance(documented, list):
        assert isinstance(got, list), where
        for one in got:
            placed(documented[0], one, where)
    elif isinstance(documented, bool):
        assert isinstance(got, bool), where
    elif isinstance(documented, (int, float)):
        assert isinstance(got, (int, float)), where
    else:
        assert isinstance(got, type(documented)), where
