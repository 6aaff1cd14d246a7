"""Language models through pydantic-ai: endpoints that speak OpenAI's chat completions, and Anthropic.

vLLM, Ollama, llama.cpp and LM Studio speak the former. Part of the extra ``llm``; all is loaded at the first question.
The model is given one output tool whose arguments are the answer, no other tool, no history. The client retries
nothing by itself: ``asking`` counts the tries. Prompts and answers are not logged.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from cutroom.judgement.writer import Reason, Rejected, Sources, Task

if TYPE_CHECKING:
    from pydantic_ai.models import Model

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model answers. ``base_url`` of None is the vendor's own; ``api_key`` may be empty for local servers."""

    kind: Literal["openai", "anthropic"]
    model: str
    base_url: str | None = None
    api_key: str = field(default="", repr=False)
    seconds: float | None = None
    """The longest that one answer is waited for; None for that of the task."""


class PydanticAiModel:
    """``LanguageModel`` over pydantic-ai. ``build`` makes the client's model anew for every question."""

    def __init__(self, name: str, build: Callable[[], Model[Any]], seconds: float | None = None) -> None:
        self._name, self._build, self._seconds = name, build, seconds

    @property
    def name(self) -> str:
        return self._name

    @classmethod
    def at(cls, endpoint: Endpoint) -> PydanticAiModel:
        """The model that answers at an endpoint. Nothing is loaded or opened yet."""
        return cls(f"{endpoint.kind}:{endpoint.model}", lambda: _client(endpoint), endpoint.seconds)

    def structured(self, task: Task, schema: type[T], sources: Sources) -> T | Rejected:
        """One attempt, over after the endpoint's or else the task's seconds, whatever the other side does."""
        if self._seconds is not None:
            task = replace(task, caps=replace(task.caps, seconds=self._seconds))
        # A loop of its own, in a thread of its own: the caller may be running one. A daemon, as no executor's is: a
        # program that is stopped while a model stalls must not wait for it.
        answers: list[T | Rejected] = []
        thread = threading.Thread(
            target=lambda: answers.append(asyncio.run(self._attempt(task, schema, sources))),
            name="language-model",
            daemon=True,
        )
        thread.start()
        thread.join()
        return answers[0] if answers else Rejected(Reason.SERVER_ERROR)

    async def _attempt(self, task: Task, schema: type[T], sources: Sources) -> T | Rejected:
        try:
            from pydantic_ai.exceptions import AgentRunError, UserError  # an extra, and heavy

            built = self._build()
        except ImportError:
            return Rejected(Reason.NOT_INSTALLED)
        try:
            async with asyncio.timeout(task.caps.seconds):
                return await _run(built, task, schema, sources)
        except TimeoutError:
            return Rejected(Reason.TIMEOUT)
        except (AgentRunError, UserError, OSError, ValueError) as fault:
            return Rejected(_reason(fault), type(fault).__name__)


async def _run(model: Model[Any], task: Task, schema: type[T], sources: Sources) -> T:
    from pydantic_ai import Agent, ToolOutput  # an extra, and heavy

    marker = secrets.token_hex(8)
    wanted: ToolOutput[T] = ToolOutput(schema, name="answer", max_retries=0)
    agent: Agent[None, T] = Agent(model, output_type=wanted, instructions=_instructions(task, marker), retries=0)
    async with agent:
        done = await agent.run(
            sources.numbered(marker),
            model_settings={
                "max_tokens": task.caps.output_tokens,
                "temperature": 0.0,
                "timeout": task.caps.seconds,
                "max_retries": 0,
            },
        )
    return done.output


def _instructions(task: Task, marker: str) -> str:
    said = f'{task.instructions}\n\nThe marker of this call is "{marker}".'
    return f"{said}\n\n{task.remark}" if task.remark else said


def _client(endpoint: Endpoint) -> Model[Any]:
    if endpoint.kind == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel  # an extra, and heavy
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel(
            endpoint.model, provider=AnthropicProvider(api_key=endpoint.api_key or "none", base_url=endpoint.base_url)
        )
    from pydantic_ai.models.openai import OpenAIChatModel  # an extra, and heavy
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    return OpenAIChatModel(
        endpoint.model,
        provider=OpenAICompatibleProvider(
            "endpoint",
            base_url=endpoint.base_url or "https://api.openai.com/v1",
            api_key=endpoint.api_key or "none",
        ),
    )


def _reason(fault: Exception) -> Reason:
    """What a failure of the client means to us."""
    from pydantic_ai import exceptions as e  # an extra, and heavy

    kinds: tuple[tuple[tuple[type[BaseException], ...], Reason], ...] = (
        ((e.ModelTimeoutError, e.ModelRequestTimeout, TimeoutError), Reason.TIMEOUT),
        ((e.ModelRateLimitError, e.ModelQuotaExceededError), Reason.RATE_LIMITED),
        ((e.ModelServerError, e.ModelUnavailableError), Reason.SERVER_ERROR),
        ((e.OutputTokenLimitExceeded,), Reason.TRUNCATED),
        ((e.ContentFilterError, e.ModelRequestRejectedError, e.UserError), Reason.REFUSED),
        ((e.ModelConnectionError, OSError), Reason.UNREACHABLE),
    )
    for types, reason in kinds:
        if isinstance(fault, types):
            return reason
    status = getattr(fault, "status_code", 0)
    if status:
        return Reason.RATE_LIMITED if status == 429 else Reason.SERVER_ERROR if status >= 500 else Reason.REFUSED
    if isinstance(fault, e.UnexpectedModelBehavior):
        cause = fault.__cause__
        retry = getattr(cause, "tool_retry", None)
        used = getattr(retry, "tool_name", None) is not None or isinstance(cause, ValueError)
        return Reason.MISSHAPEN if used else Reason.PROSE
    return Reason.UNREACHABLE
