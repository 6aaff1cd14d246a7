"""What an analysis perceives and understands with: models, recognisers, a language model."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from cutroom.settings.group import Group
from cutroom.settings.places import BaseUrl


class ModelsSettings(Group):
    """The model store."""

    dir: Path | None = Field(
        default=None,
        description="Folder of the models that `cutroom models pull` fetches. Unset: `models` in the data folder; "
        "where a data folder of one's own has none, `models` in the usual one.",
    )


class PerceptionSettings(Group):
    """How speech is recognised."""

    transcriber: Literal["auto", "embedded", "whisper", "endpoint", "off"] = Field(
        default="auto",
        description="What recognises speech where no captions do: the `embedded` recogniser (English drafts), a "
        "`whisper` model on this machine, a service (`endpoint`), nothing (`off`). `auto` takes the best that is set "
        "up.",
    )
    transcriber_url: BaseUrl | None = Field(
        default=None,
        description="Base of a transcription service that works as OpenAI's does: `http://127.0.0.1:8000/v1`. It "
        "may be in a private network. The sound of sources is sent there.",
    )
    transcriber_key: SecretStr | None = Field(default=None, description="Key of that service.")
    transcriber_model: str = Field(default="whisper-1", min_length=1, description="Model that is asked for there.")
    whisper_model: Path | None = Field(
        default=None,
        description="Folder of a Whisper model for faster-whisper, which is to be installed beside Cutroom. Nothing "
        "is downloaded.",
    )


class LanguageModelSettings(Group):
    """A language model that helps to understand."""

    provider: Literal["openai", "anthropic"] = Field(
        default="openai",
        description="Whose words its service speaks. Ollama, vLLM and llama.cpp speak those of `openai`.",
    )
    base_url: BaseUrl | None = Field(
        default=None,
        description="Where it is: `http://127.0.0.1:11434/v1`. It may be in a private network. Transcripts, titles "
        "and text in the picture are sent there. Unset: the provider's own address.",
    )
    key: SecretStr | None = Field(default=None, description="Key of that service.")
    model: str | None = Field(default=None, min_length=1, description="Its name there. Unset: no model is asked.")
    timeout_seconds: float = Field(default=60, gt=0, le=600, description="For one request.")
