"""Senses and judges, as workers and the command line need them: perception's children, and what the user has loaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from cutroom.analyses.judging import Judgement, Judges
from cutroom.analyses.senses import ChildSenses, Senses
from cutroom.analyses.speech_service import way_to_service
from cutroom.container.places import data_folder
from cutroom.judgement.writer import LanguageModel
from cutroom.settings import Settings


@contextlib.contextmanager
def open_senses(settings: Settings) -> Iterator[Senses]:
    """Closed at the end of the block. No process is started, and no model looked for, before a sense is used."""
    from cutroom.container.perception import perception_config
    from cutroom.perception.calls import Perception

    config = perception_config(settings)
    with way_to_service(config) as post, Perception(config, post=post) as perception:
        yield ChildSenses(perception)


def judges(settings: Settings) -> Judges:
    """By the published rules, by the calibration and the trends in the data folder, and with the model that was set."""
    return Judgement(data_folder(settings), writer=_writer(settings))


def _writer(settings: Settings) -> LanguageModel | None:
    """The operator's language model. Nothing is loaded, and nobody asked, before it has something to write."""
    from cutroom.container.perception import perception_config
    from cutroom.judgement.writers.pydantic_ai import Endpoint, PydanticAiModel

    chosen = perception_config(settings).language_model
    if chosen is None:
        return None
    return PydanticAiModel.at(
        Endpoint(chosen.provider.value, chosen.model, chosen.url, chosen.key or "", seconds=chosen.seconds)
    )
