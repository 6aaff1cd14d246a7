"""The table of what a media worker can be asked to do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from cutroom.media.inside import wire
from cutroom.media.inside.boxes import set_video_end
from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.cutting import cut
from cutroom.media.inside.extras import extras, held
from cutroom.media.inside.kinds import kind_of
from cutroom.media.inside.measure import measure, shown_pictures
from cutroom.media.inside.moment import moment
from cutroom.media.inside.opening import open_media
from cutroom.media.inside.probing import describe, with_sound_ends
from cutroom.media.inside.surprise import Surprise

Params = dict[str, Any]
_HEAD = 128


def probe(params: Params, talk: Conversation) -> dict[str, Any]:
    """Facts of input ``video``, and of ``audio`` where the sound lives in a file of its own.

    ``ends`` also finds out how long every sound track is where the header does not say.
    """
    with open_media(params["video"], "video", talk) as container:
        facts = describe(container, params["video"]["size"], thorough=True)
        if params.get("ends"):
            facts = with_sound_ends(container, facts)
    with Path(params["video"]["path"]).open("rb") as file:
        facts = replace(facts, kind=kind_of(facts.container, file.read(_HEAD), sound_only=facts.video is None))
    if params.get("audio"):
        with open_media(params["audio"], "audio", talk) as container:
            facts = facts.with_sound(describe(container, params["audio"]["size"], thorough=False).audio)
    return wire.pack_object(facts)


def check(params: Params, talk: Conversation) -> dict[str, Any]:
    """Measure a file that we have produced; ``end`` (s) sets its end first, where a muxer could only guess it.

    ``counted`` is how many pictures its muxer says it wrote. ``like`` is a source whose pictures were copied into it:
    how many that shows, where its index says so, comes along. ``upright`` looks whether players have to turn the
    picture.
    """
    path = Path(params["path"])
    if params.get("end"):
        with contextlib.suppress(Surprise):  # a file without edit list is judged as it is
            set_video_end(path, Fraction(params["end"]))
    upright = bool(params.get("upright"))
    produced = measure(path, quick=bool(params.get("quick")), counted=params.get("counted"), upright=upright)
    if params.get("like"):
        with open_media(params["like"], "video", talk) as container:
            produced = replace(produced, wanted=shown_pictures(container))
    return wire.pack_object(produced)


def image_probe(params: Params, talk: Conversation) -> dict[str, Any]:
    """Facts of an image file. What images need is loaded only where there are any."""
    from cutroom.media.inside.images import probe_image

    return probe_image(params, talk)


def image(params: Params, talk: Conversation) -> dict[str, Any]:
    """An image made from another."""
    from cutroom.media.inside.images import make_image

    return make_image(params, talk)


TASKS: dict[str, Callable[[Params, Conversation], dict[str, Any]]] = {
    "probe": probe, "cut": cut, "check": check, "moment": moment, "image-probe": image_probe,
    "image": image, "extras": extras, "held": held,
}  # fmt: skip
