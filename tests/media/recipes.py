"""Plans for cuts of the generated films, made from what PyAV shows of them, and runs of the recipes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av

from cutroom.media.encode import EncodePlan, Encoding, PicturePlan, SoundPlan, encode
from cutroom.media.ffmpeg.binary import find
from cutroom.media.ffmpeg.command import Scratch
from cutroom.media.ffmpeg.runner import run_steps
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.inside.probing import describe
from cutroom.model.clip import Format, Quality
from cutroom.model.media import MediaFacts
from tests.support.film_spec import Film
from tests.support.oracle import Expected, expect


@lru_cache(maxsize=32)
def facts_of(path: Path) -> MediaFacts:
    with av.open(str(path)) as container:
        return describe(container, path.stat().st_size, thorough=True)


@lru_cache(maxsize=32)
def key_times(path: Path) -> tuple[Fraction, ...]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        keys = [p.pts * p.time_base for p in container.demux(stream) if p.is_keyframe and p.pts is not None]
    return tuple(sorted(keys))


@dataclass(frozen=True)
class Made:
    """A finished clip, what the recipe promised, and what the truth about the film demands."""

    path: Path
    encoding: Encoding
    wanted: Expected


def put_in_nut(path: Path, copy: Path) -> None:
    """The file's packets with the times that PyAV gives them. AVI states none, and every reader guesses differently."""
    with av.open(str(path)) as source, av.open(str(copy), "w", format="nut") as target:
        streams = {s.index: target.add_stream_from_template(s) for s in (*source.streams.video, *source.streams.audio)}
        for packet in source.demux([*source.streams.video, *source.streams.audio]):
            if packet.size:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)


def picture_plan(film: Film, wanted: Expected) -> PicturePlan:
    facts = facts_of(film.path)
    assert facts.video is not None
    first, end = film.origin + wanted.start, film.origin + wanted.end
    times = [film.origin + time for time in film.times]
    # Where pictures are refreshed bit by bit there is no key picture but the first.
    refreshed = "intra-refresh=1" in film.spec.video
    keys = [] if refreshed else [key for key in key_times(film.path) if key <= first]
    return PicturePlan(
        path=film.path,
        demuxer=facts.container,
        facts=facts.video,
        first=first,
        last=max(time for time in times if time < end),
        end=end,
        before=max((time for time in times if time < first), default=None),
        seek=max(keys, default=None) if keys and keys[-1] > times[0] else None,
        frames=len(wanted.numbers),
    )


def plan_for(
    film: Film,
    wanted: Expected,
    form: Format = Format.MP4,
    quality: Quality | None = None,
    room: tuple[int, int] | None = None,
) -> EncodePlan:
    facts = facts_of(film.path)
    picture = picture_plan(film, wanted) if facts.video else None
    first, end = film.origin + wanted.start, film.origin + wanted.end
    sound = SoundPlan(film.path, facts.container, facts.audio, first, end) if facts.audio else None
    if form is Format.GIF:
        sound = None
    if form is Format.MP3:
        picture = None
    plan = EncodePlan(form, quality, picture, sound)
    return plan if room is None else replace(plan, memory_bytes=room[0], scratch_bytes=room[1])


def make(
    film: Film, start: Fraction, end: Fraction, folder: Path, form: Format = Format.MP4, *,
    quality: Quality | None = None, room: tuple[int, int] | None = None,
) -> Made:  # fmt: skip
    wanted = expect(film, start, end)
    plan = plan_for(film, wanted, form, quality, room)
    own = Scratch("own.nut")
    if film.spec.extension == "avi" and plan.picture and plan.sound:
        picture = replace(plan.picture, seek=None, path=own, demuxer="nut")
        plan = replace(plan, picture=picture, sound=replace(plan.sound, path=own, demuxer="nut"))
    encoding = encode(plan)
    return Made(run(encoding, folder, film.path if film.spec.extension == "avi" else None), encoding, wanted)


def run(encoding: Encoding, folder: Path, extract: Path | None = None) -> Path:
    with Workdir(folder) as workdir:
        if extract is not None:
            put_in_nut(extract, workdir.path / "own.nut")
        run_steps(encoding.steps, ffmpeg=find(), workdir=workdir)
        target = folder / f"result-{workdir.path.name[-6:]}{Path(encoding.result.name).suffix}"
        workdir.publish(workdir.path / encoding.result.name, target)
    return target
