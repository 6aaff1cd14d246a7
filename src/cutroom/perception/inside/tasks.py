"""The table of what a child of perception can be asked to do. Each task imports what it needs when it runs."""

from __future__ import annotations

from typing import Any

from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.server import Task

Params = dict[str, Any]


def hear(params: Params, talk: Conversation) -> dict[str, Any]:
    """Percepts of the sound: ``model.percepts.Hearing``, packed."""
    from cutroom.perception.inside.hearing import hear

    return hear(params, talk)


def transcribe(params: Params, talk: Conversation) -> dict[str, Any]:
    """What is said: ``model.percepts.Transcript``, packed."""
    from cutroom.perception.inside.transcribing import transcribe

    return transcribe(params, talk)


def see(params: Params, talk: Conversation) -> dict[str, Any]:
    """Percepts of the pictures: ``model.percepts.Seeing``, packed."""
    from cutroom.perception.inside.seeing import see

    return see(params, talk)


def read(params: Params, talk: Conversation) -> dict[str, Any]:
    """What models of language say of sentences: ``model.percepts.Reading``, packed."""
    from cutroom.perception.inside.reading import read

    return read(params, talk)


TASKS: dict[str, Task] = {"hear": hear, "transcribe": transcribe, "see": see, "read": read}
