"""From settings to what perception goes by, and to where its models come from."""

from __future__ import annotations

import os
from pathlib import Path

from cutroom.actions.models import StoreConfig
from cutroom.container.places import data_folder, usual_data_folder
from cutroom.outbound.egress import EgressPolicy
from cutroom.outbound.package_index import chosen_index
from cutroom.perception.ports import (
    LanguageModelConfig,
    LanguageModelProvider,
    PerceptionConfig,
    TranscriberChoice,
    TranscriptionEndpoint,
)
from cutroom.settings import LanguageModelSettings, PerceptionSettings, Settings

_MODELS = "models"


def perception_config(settings: Settings) -> PerceptionConfig:
    """What perception goes by."""
    chosen = settings.perception
    return PerceptionConfig(
        models=models_folder(settings),
        transcriber=TranscriberChoice(chosen.transcriber),
        endpoint=_endpoint(chosen),
        whisper=chosen.whisper_model,
        language_model=_language_model(settings.language_model),
    )


def models_folder(settings: Settings) -> Path:
    """Where models are read from: the folder that was set, else that of the data folder, else the usual one.

    Set-up fills the usual one; a server that is started with a data folder of its own finds them all the same.
    """
    if settings.models.dir is not None:
        return settings.models.dir.expanduser().absolute()
    own = data_folder(settings) / _MODELS
    try:
        return own if own.is_dir() else usual_data_folder() / _MODELS
    except (OSError, RuntimeError):  # it may not be looked into; there is no home
        return own


def store_config(settings: Settings) -> StoreConfig:
    """Where models are put, and where they are fetched from."""
    named, outbound = settings.models.dir, settings.outbound
    return StoreConfig(
        folder=named.expanduser().absolute() if named is not None else data_folder(settings) / _MODELS,
        index=chosen_index(os.environ),
        egress=EgressPolicy(
            allow_private_networks=bool(outbound.allow_private_networks), allowed_hosts=outbound.allowed_hosts
        ),
    )


def _endpoint(chosen: PerceptionSettings) -> TranscriptionEndpoint | None:
    if chosen.transcriber_url is None:
        return None
    key = chosen.transcriber_key
    return TranscriptionEndpoint(
        chosen.transcriber_url, chosen.transcriber_model, key.get_secret_value() if key else None
    )


def _language_model(chosen: LanguageModelSettings) -> LanguageModelConfig | None:
    if chosen.model is None:
        return None
    return LanguageModelConfig(
        provider=LanguageModelProvider(chosen.provider),
        model=chosen.model,
        url=chosen.base_url,
        key=chosen.key.get_secret_value() if chosen.key else None,
        seconds=chosen.timeout_seconds,
    )
