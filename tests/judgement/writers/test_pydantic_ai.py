"""The adapter over pydantic-ai against a real endpoint on this machine, well-behaved and not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cutroom.judgement import asking
from cutroom.judgement.understanding import understand
from cutroom.judgement.writer import Caps, Line, Reason, Rejected, Sources
from cutroom.judgement.writers.forms import Names
from cutroom.judgement.writers.pydantic_ai import Endpoint, PydanticAiModel
from tests.support.completions import Completions, Sent, called, completions, prose
from tests.support.speech import spoken_film

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]

LINES = Sources((Line(0, "Hello, my name is Ana Costa and I bake bread at home every day.", "speech"),))
QUOTE = "my name is Ana Costa"
GOOD: dict[str, Any] = {"people": [{"name": "Ana Costa", "line": 0, "quote": QUOTE}], "brands": [], "topics": []}
HALF = json.dumps(GOOD)[:30]
PATIENT, QUICK = Caps(seconds=60.0), Caps(seconds=0.5)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Completions]:
    with completions() as running:
        yield running


def ask(endpoint: Completions, caps: Caps = PATIENT) -> Names | Rejected:
    model = PydanticAiModel.at(Endpoint("openai", "test", endpoint.url))
    return model.structured(asking.task("names", caps), Names, LINES)


def test_a_good_answer(endpoint: Completions) -> None:
    endpoint.reply = lambda _: called(GOOD)
    ask(endpoint)  # the client is loaded by the first question; its time is not counted
    assert ask(endpoint) == Names.model_validate(GOOD)
    asked = endpoint.requests[-1]
    assert [tool["function"]["name"] for tool in asked["tools"]] == ["answer"]
    system, user = asked["messages"]
    rows = json.loads(user["content"])
    assert rows[0]["text"] == LINES.lines[0].text
    assert rows[0]["marker"] in system["content"]
    assert "Ana Costa" not in system["content"]
    markers = {json.loads(one["messages"][1]["content"])[0]["marker"] for one in endpoint.requests[-2:]}
    assert len(markers) == 2


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (prose("Sure! Here is what I found."), Reason.PROSE),
        (called(HALF, "length"), Reason.TRUNCATED),
        (called(HALF), Reason.MISSHAPEN),
        (called({**GOOD, "score": 97}), Reason.MISSHAPEN),
        (called({**GOOD, "people": [{"name": "Ana Costa", "line": "0", "quote": QUOTE}]}), Reason.MISSHAPEN),
        (Sent({"error": {"message": "slow down"}}, 429), Reason.RATE_LIMITED),
        (Sent({"error": {"message": "no"}}, 500), Reason.SERVER_ERROR),
        (Sent(b"<html>down</html>", 503), Reason.SERVER_ERROR),
        (Sent({"error": {"message": "key"}}, 401), Reason.REFUSED),
        (Sent(called(GOOD).body, cut=40), Reason.UNREACHABLE),
        (Sent(b"<html>hello</html>"), Reason.UNREACHABLE),
        (Sent(b"", stall=True), Reason.TIMEOUT),
    ],
)
def test_everything_else_has_its_reason_and_is_tried_once(endpoint: Completions, sent: Sent, reason: Reason) -> None:
    endpoint.reply = lambda _: sent
    before = len(endpoint.requests)
    answer = ask(endpoint, QUICK if sent.stall else PATIENT)
    assert isinstance(answer, Rejected)
    assert answer.reason is reason
    assert len(endpoint.requests) == before + 1


def test_nobody_there() -> None:
    with completions() as gone:
        url = gone.url
    model = PydanticAiModel.at(Endpoint("anthropic", "claude-test", url.removesuffix("/v1")))
    answer = model.structured(asking.task("names", PATIENT), Names, LINES)
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.UNREACHABLE


def test_a_film_through_an_endpoint_that_lies_first(endpoint: Completions) -> None:
    said = "Hello, my name is Ana Costa and I bake bread at home every day. Bread needs flour and water."
    lies = {**GOOD, "people": [{"name": "Zorg Blat", "line": 0, "quote": "my name is Zorg Blat"}]}
    answers = iter([called(lies), called(GOOD)])

    def reply(asked: dict[str, Any]) -> Sent:
        wants_names = "brands" in json.dumps(asked["tools"])
        return next(answers) if wants_names else prose("BUY NOW")

    endpoint.reply = reply
    model = PydanticAiModel.at(Endpoint("openai", "test", endpoint.url))
    verdict, _ = understand(spoken_film(said), writer=model)
    found = verdict.fields["media_understanding"]
    assert found["entities"]["people"] == ["Ana Costa"]
    assert "BUY NOW" not in json.dumps(found)
    assert "it answered prose" in " ".join(verdict.warnings)


def test_pydantic_ais_own_test_models() -> None:
    from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
    from pydantic_ai.models.function import AgentInfo, FunctionModel

    def answer(_: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, GOOD)])

    model = PydanticAiModel("function", lambda: FunctionModel(answer))
    assert model.structured(asking.task("names", Caps()), Names, LINES) == Names.model_validate(GOOD)


def test_where_the_client_is_not_installed() -> None:
    def build() -> Any:
        raise ModuleNotFoundError

    answer = PydanticAiModel("none", build).structured(asking.task("names", QUICK), Names, LINES)
    assert isinstance(answer, Rejected)
    assert answer.reason is Reason.NOT_INSTALLED
