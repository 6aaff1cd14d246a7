"""Re-encoding a piece of a source, exact to the picture: from a plan to ffmpeg commands. Pure, nothing is started.

Pictures keep the source's own times (also variable ones), counted from the first wanted picture; the last one stands
as long as it did. Sound is cut at the same instants, to the sample. Everything is upright, square, even, 8-bit 4:2:0.
"""

from __future__ import annotations

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.media import encode_picture as picture
from cutroom.media import encode_sound as sound
from cutroom.media.encode_gif import encode_gif
from cutroom.media.encode_plan import EncodePlan, Encoding, Expected, PicturePlan, SoundPlan
from cutroom.media.encode_sound import Track
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.ffmpeg.filters import Chain
from cutroom.model.clip import Format

__all__ = ["EncodePlan", "Encoding", "Expected", "PicturePlan", "SoundPlan", "encode"]

_MP4, _MP3 = Scratch("clip.mp4"), Scratch("clip.mp3")


def encode(plan: EncodePlan) -> Encoding:
    """The steps for ``plan``, and what they must produce.

    Raises ``CutroomError`` NO_AUDIO or NO_VIDEO when the format needs what the plan does not have.
    """
    match plan.format:
        case Format.MP4:
            return _encode_mp4(plan)
        case Format.MP3:
            if plan.sound is None:
                raise CutroomError(
                    ErrorCode.NO_AUDIO, "The source has no sound, so there is nothing to make an MP3 of."
                )
            return _encode_mp3(plan, plan.sound)
        case Format.GIF:
            if plan.picture is None:
                raise CutroomError(
                    ErrorCode.NO_VIDEO, "The source has no picture, so there is nothing to make a GIF of."
                )
            return encode_gif(plan, plan.picture)


def _encode_mp4(plan: EncodePlan) -> Encoding:
    duration = plan.duration
    inputs: list[Input] = []
    chains: list[Chain] = []
    maps: list[str] = []
    options: list[str] = []
    size: tuple[int | None, int | None] = (None, None)
    if plan.picture is not None:
        geometry = picture.fit(plan.picture.facts, plan.quality.lines if plan.quality else None)
        size = geometry.shown
        inputs.append(picture.read(plan.picture, plan.threads))
        filters = (*picture.piece(plan.picture), *picture.shape(plan.picture.facts, geometry))
        chains.append(Chain((f"0:{plan.picture.facts.index}",), filters, ("v",)))
        maps.append("v")
        options += _video_options(plan.picture, plan.threads)
    tracks: tuple[Track, ...] = ()
    if plan.sound is not None:
        tracks = sound.tracks_for(plan.sound, mp3=False)
        source = len(inputs)
        inputs.append(sound.read(plan.sound))
        for number, track in enumerate(tracks):
            chains.append(sound.chain(plan.sound, track, source, f"a{number}"))
            maps.append(f"a{number}")
        options += sound.aac_options(tracks)
    scale = picture.time_scale(plan.picture.facts) if plan.picture else tracks[0].rate
    # Edit lists are counted in the movie's time scale; in milliseconds they would cut half a picture off or leave one.
    options += ["-movflags", "+faststart", "-video_track_timescale", str(scale), "-movie_timescale", str(scale)]
    command = Command(tuple(inputs), (Output(_MP4, "mp4", tuple(maps), tuple(options)),), tuple(chains), plan.threads)
    expected = Expected(
        duration=duration, frames=plan.picture.frames if plan.picture else None, width=size[0], height=size[1],
        video_codec="h264" if plan.picture else None, audio_codecs=("aac",) * len(tracks),
        sample_rate=tracks[0].rate if tracks else None, samples=tracks[0].samples if tracks else None,
    )  # fmt: skip
    return Encoding((Step(command, 1.0, duration),), _MP4, expected, _warnings(plan, tracks))


def _video_options(plan: PicturePlan, threads: int) -> list[str]:
    facts = plan.facts
    scale = picture.time_scale(facts)
    # Reordered frames have decode times made up by the encoder, whose last one would state the length of a clip with
    # variable rate wrongly; without reordering both times are the same.
    reordered = 2 if facts.variable_frame_rate is False else 0
    return [
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high", "-bf", str(reordered),
        "-threads:v", str(threads), "-fps_mode:v", "passthrough", "-enc_time_base:v", f"1/{scale}",
        "-bsf:v", picture.finished(round((plan.last - plan.first) * scale), round((plan.end - plan.first) * scale)),
        "-metadata:s:v:0", "encoder=",
    ]  # fmt: skip


def _encode_mp3(plan: EncodePlan, source: SoundPlan) -> Encoding:
    tracks = sound.tracks_for(source, mp3=True)
    (track,) = tracks
    duration = source.end - source.first
    command = Command(
        (sound.read(source),),
        (Output(_MP3, "mp3", ("a0",), sound.mp3_options()),),
        (sound.chain(source, track, 0, "a0"),),
        plan.threads,
    )
    expected = Expected(
        duration=duration, frames=None, width=None, height=None, video_codec=None, audio_codecs=("mp3",),
        sample_rate=track.rate, samples=track.samples,
    )  # fmt: skip
    return Encoding((Step(command, 1.0, duration),), _MP3, expected, _warnings(plan, tracks))


def _warnings(plan: EncodePlan, tracks: tuple[Track, ...]) -> tuple[str, ...]:
    said = []
    if plan.sound is not None and plan.format is Format.MP3 and len(plan.sound.tracks) > 1:
        said.append(f"Of {len(plan.sound.tracks)} sound tracks only the default one was used.")
    said += [
        f"A sound track of {track.facts.channels} channels was mixed down to {track.layout}."
        for track in tracks
        if track.facts.channels > {"mono": 1, "stereo": 2, "5.1": 6}[track.layout]
    ]
    facts = plan.picture.facts if plan.picture else None
    if facts is not None and facts.hdr is not None:
        said.append("The picture was converted from high to standard dynamic range.")
    return tuple(said)
