"""The table of what a media worker can be asked to do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from cutroom.media.inside import wire
from cutroom.media.inside.boxes import set_video_end
from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.cutting import cut
from cutroom.media.inside.measure import measure
from cutroom.media.inside.opening import open_media
from cutroom.media.inside.probing import describe
from cutroom.media.inside.surprise import Surprise

Params = dict[str, Any]


def probe(params: Params, talk: Conversation) -> dict[str, Any]:
    """Facts of input ``video``, and of ``audio`` where the sound lives in a file of its own."""
    with open_media(params["video"], "video", talk) as container:
        facts = describe(container, params["video"]["size"], thorough=True)
    if params.get("audio"):
        with open_media(params["audio"], "audio", talk) as container:
            facts = facts.with_sound(describe(container, params["audio"]["size"], thorough=False).audio)
    return wire.pack_object(facts)


def check(params: Params, _talk: Conversation) -> dict[str, Any]:
    """Measure a file that we have produced; ``end`` (s) sets its end first, where a muxer could only guess it."""
    path = Path(params["path"])
    if params.get("end"):
        with contextlib.suppress(Surprise):  # a file without edit list is judged as it is
            set_video_end(path, Fraction(params["end"]))
    return wire.pack_object(measure(path))


TASKS: dict[str, Callable[[Params, Conversation], dict[str, Any]]] = {"probe": probe, "cut": cut, "check": check}
