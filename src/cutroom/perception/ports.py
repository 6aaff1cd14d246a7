"""What can be plugged into perception, as small frozen configurations: the container makes them from settings.

An upgrade is chosen by the operator and by nobody else: no model is looked for elsewhere, and none is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit


class TranscriberChoice(StrEnum):
    """What recognises speech. ``AUTO`` takes the best that is set up: endpoint, whisper, embedded."""

    AUTO = "auto"
    EMBEDDED = "embedded"
    WHISPER = "whisper"
    ENDPOINT = "endpoint"
    OFF = "off"


class LanguageModelProvider(StrEnum):
    """Whose words a language model's service speaks. Ollama, vLLM and llama.cpp speak those of ``OPENAI``."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class TranscriptionEndpoint:
    """A service that answers ``POST {url}/audio/transcriptions`` as OpenAI's does."""

    url: str
    """Its base, without a slash at the end: ``http://127.0.0.1:8000/v1``."""
    model: str
    key: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """The one host that may be reached for it, also in a private network: the operator has named it."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class LanguageModelConfig:
    """A language model behind a service. ``url`` None is the provider's own; ``seconds`` is for one request."""

    provider: LanguageModelProvider
    model: str
    url: str | None = None
    key: str | None = field(default=None, repr=False)
    seconds: float = 60.0

    @property
    def host(self) -> str | None:
        """The host that may be reached for it, also in a private network; None for the provider's own."""
        return urlsplit(self.url).hostname if self.url else None


@dataclass(frozen=True, slots=True)
class PerceptionConfig:
    """What perception goes by. ``models`` is the folder of the model store; None where there is no store."""

    models: Path | None = None
    transcriber: TranscriberChoice = TranscriberChoice.AUTO
    endpoint: TranscriptionEndpoint | None = None
    whisper: Path | None = None
    """The folder of a model of faster-whisper's kind."""
    language_model: LanguageModelConfig | None = None
