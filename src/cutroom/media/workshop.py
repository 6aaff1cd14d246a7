"""Carrying out plans: what is copied in the child, what ffmpeg is asked for, and the check of what came out.

Works in a scratch folder that somebody else makes, removes and publishes from.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.progress import Monotone, Progress
from cutroom.media.budget import CostBudget
from cutroom.media.child import MediaChild
from cutroom.media.encode_plan import EncodePlan, Encoding, Expected
from cutroom.media.ffmpeg import binary, hardware
from cutroom.media.ffmpeg.failure import damaged
from cutroom.media.ffmpeg.limits import cpu_bound, limits_for
from cutroom.media.ffmpeg.runner import run_steps
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.input import Source
from cutroom.media.inside import wire
from cutroom.media.made import Made
from cutroom.media.outcome import EXTRACT, Outcome
from cutroom.media.produced import Produced
from cutroom.media.reencode import plan_encoding
from cutroom.media.smaller import compressed
from cutroom.media.tools import sounds
from cutroom.media.tools.coding import H264, HARDWARE, X264, PictureEncoder
from cutroom.media.tools.copying import copy_film
from cutroom.media.tools.film import Means, encode_film
from cutroom.media.tools.formats import picture_obstacle
from cutroom.media.tools.sound_file import encode_sound
from cutroom.media.tools.still import encode_gif, encode_still
from cutroom.media.tools.tool import FilmPlan, GifPlan, Pictures, SoundFilePlan, Sounds, Span, StillPlan
from cutroom.media.verify import verify_copy
from cutroom.media.verify_tool import verify_tool
from cutroom.model.clip import CutRequest, Format, Mode
from cutroom.model.media import MediaFacts, VideoFacts

if TYPE_CHECKING:
    from cutroom.media.engine import EngineConfig

_log = logging.getLogger(__name__)
# The gate was asked before; the child's own would count by the rules of cuts.
_NO_GATE = CostBudget(work=1e30, gif_seconds=Fraction(10**9))
MediaPlan = FilmPlan | SoundFilePlan | GifPlan | StillPlan
# Sound may outlast the pictures by so much (s) and still be cut where they end.
_NEAR = Fraction(1, 10)
_COPY_FAILED = {ErrorCode.VERIFICATION_FAILED, ErrorCode.PROCESSING_FAILED, ErrorCode.MEDIA_DAMAGED}
# Chips that are in use by others say that there is no memory.
_CHIP_FAILED = _COPY_FAILED | {ErrorCode.LIMIT_EXCEEDED}
_NO_CHIP = "The graphics processor's encoder does not work here; x264 was used."
# What is asked for so much (s) beyond the stated end is the real end, which headers miss by a picture or two.
_BEYOND = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Workshop:
    """One piece of work: the source with its facts, where to work, whom to tell."""

    child: MediaChild
    config: EngineConfig
    source: Path
    facts: MediaFacts
    workdir: Workdir
    report: Monotone
    cancel: CancelToken

    def make(self, plan: MediaPlan) -> Made:
        """Carry out ``plan``. Raises ``CutroomError``."""
        match plan:
            case FilmPlan():
                made = self._film(plan)
                left = len(self.facts.subtitles)
                said = ("The subtitles were left out.",) if left and plan.pictures is not Pictures.NONE else ()
                return replace(made, warnings=(*made.warnings, *said))
            case SoundFilePlan():
                return self._sound(plan)
            case GifPlan():
                return self._gif(plan)
            case StillPlan():
                return self._still(plan)

    def _film(self, plan: FilmPlan) -> Made:
        if plan.pictures is Pictures.COPY:
            return self.copy(plan)
        outcome = None
        if plan.pictures is Pictures.KEEP and picture_obstacle(plan.target, self._video()) is None:
            made, outcome = self._keep(plan)
            if made is not None:
                return made
        return self.encode(plan, outcome) if plan.limit is None else compressed(self, plan)

    def _keep(self, plan: FilmPlan) -> tuple[Made | None, Outcome | None]:
        """Copy what can be copied; None where that turns out impossible."""
        boxed = plan.target.name in {"mp4", "mov"}
        sound_longer = plan.span.whole and sounds.longest_end(self.facts) - self._end(Span()) > _NEAR
        if boxed and not sound_longer and self.facts.container != "avi":
            return self.splice(plan)
        if not plan.span.whole:
            return None, None
        try:
            return self.copy(plan), None
        except CutroomError as error:
            if error.code not in _COPY_FAILED:
                raise
            _log.debug("encoding, because copying failed: %s %s", error.message, error.detail)
            return None, None

    def splice(self, plan: FilmPlan) -> tuple[Made | None, Outcome]:
        """The exact cut: pictures copied but for the seams. Without a file where only an encode gets it right."""
        target = self.workdir.new(f".{plan.target.name}")
        outcome = self._ask(plan.span, Format.MP4, Mode.EXACT, target)
        if outcome.produced is None or outcome.facts.video is None:
            return None, outcome
        warnings = verify_copy(outcome)
        same = outcome.produced.audio_codecs == tuple(track.codec for track in self.facts.audio)
        return Made(
            target, plan.target.name, outcome.produced, outcome.facts.video.display_size,
            copied=outcome.copied == outcome.frames and same, warnings=(*warnings, *outcome.warnings),
        ), outcome  # fmt: skip

    def copy(self, plan: FilmPlan) -> Made:
        """Every picture as it is, in one run of ffmpeg."""
        made = self._finish(copy_film(plan, self.facts, self.source, self._threads), quick=True, like=True)
        return replace(made, size=self._video().display_size)

    def encode(self, plan: FilmPlan, outcome: Outcome | None = None, most_bits: int | None = None) -> Made:
        """Encode what ``plan`` wants encoded. ``outcome`` is what is known of the stretch already."""
        form = Format.MP4 if plan.sounds is not Sounds.NONE else Format.GIF
        outcome = outcome or self._ask(plan.span, form, Mode.REENCODE, self.workdir.new(".none"))
        encoder, said = self._encoder()
        planned, means = self._planned(outcome, plan.span, form), Means(self._threads, encoder, most_bits)
        try:
            made = self._encoded(plan, planned, means, outcome)
        except CutroomError as error:
            # It has encoded a trial; but chips have bounds of their own, on sizes and on how many films at once.
            if not encoder.hardware or plan.target.video != "h264" or error.code not in _CHIP_FAILED:
                raise
            _log.debug("encoding with x264: %s %s", error.message, error.detail)
            made, said = self._encoded(plan, planned, replace(means, encoder=X264), outcome), (_NO_CHIP,)
        return replace(made, warnings=(*made.warnings, *said, *outcome.warnings))

    def _encoded(self, plan: FilmPlan, planned: EncodePlan, means: Means, outcome: Outcome) -> Made:
        try:
            return self._finish(encode_film(plan, planned, means), outcome)
        except CutroomError as error:
            # Decoders get over damage that a copy does not.
            if plan.sounds is not Sounds.KEEP or error.code not in _COPY_FAILED:
                raise
            _log.debug("encoding the sound too: %s %s", error.message, error.detail)
            return self._finish(encode_film(replace(plan, sounds=Sounds.ENCODE), planned, means), outcome)

    def _sound(self, plan: SoundFilePlan) -> Made:
        try:
            return self._finish(encode_sound(plan, self.facts, self.source), quick=True)
        except CutroomError as error:
            if not plan.copy or error.code not in _COPY_FAILED:
                raise
            _log.debug("encoding, because copying failed: %s %s", error.message, error.detail)
            return self._finish(encode_sound(replace(plan, copy=False), self.facts, self.source), quick=True)

    def _gif(self, plan: GifPlan) -> Made:
        outcome = self._ask(plan.span, Format.GIF, Mode.REENCODE, self.workdir.new(".none"))
        wanted = self._end(plan.span) - plan.span.start - self.facts.origin
        return self._finish(encode_gif(plan, self._planned(outcome, plan.span, Format.GIF), wanted), outcome)

    def _still(self, plan: StillPlan) -> Made:
        answer = self.child.call("moment", {**self._input(), "at": str(plan.at), **self._extract()}, cancel=self.cancel)
        outcome = wire.unpack(Outcome, answer)
        planned = self._planned(outcome, Span(plan.at), Format.GIF)
        if planned.picture is None:
            raise CutroomError(ErrorCode.NO_VIDEO, "The file has no picture, only sound.")
        return self._finish(encode_still(plan, planned.picture, self._threads), outcome)

    def _ask(self, span: Span, form: Format, mode: Mode, target: Path) -> Outcome:
        """What the child finds out about the stretch, and what it makes of it where copying is asked for."""
        end = self._end(span) - self.facts.origin
        if span.end is None:
            end += _BEYOND
        request = CutRequest(span.start, end, form, mode=mode)
        params: dict[str, Any] = {
            **self._input(), **self._extract(), "request": wire.pack(request), "target": str(target),
            "budget": wire.pack(_NO_GATE),
        }  # fmt: skip
        return wire.unpack(Outcome, self.child.call("cut", params, on_progress=self.report, cancel=self.cancel))

    def _planned(self, outcome: Outcome, span: Span, form: Format) -> EncodePlan:
        """The pictures and the sound of the stretch, as recipes take them."""
        bounds = outcome.bounds
        request = CutRequest(bounds.first, bounds.end, form)
        planned = plan_encoding(Source(self.source), request, outcome, self._threads)
        picture, sound = planned.picture, planned.sound
        if picture is not None and not picture.facts.interlaced:
            picture = replace(picture, frames=outcome.frames)
        if sound is not None and span.whole and outcome.extracted is None:
            sound = replace(sound, end=max(sound.end, sounds.longest_end(self.facts)))
        return replace(planned, picture=picture, sound=sound)

    def _finish(
        self, encoding: Encoding, outcome: Outcome | None = None, *, quick: bool = False, like: bool = False
    ) -> Made:
        """Run ffmpeg, measure what came out and hold it against the plan."""
        expected, made = encoding.expected, self.workdir.path / encoding.result.name
        video = self._video() if self.facts.video is not None and expected.video_codec is not None else None
        pixels = max(video.width * video.height, (expected.width or 0) * (expected.height or 0)) if video else 0
        length = expected.duration + (outcome.bounds.first - outcome.bounds.key if outcome is not None else 0)
        limits = limits_for(
            pixels, hdr=bool(video and video.hdr), threads=self._threads,
            cpu_seconds=cpu_bound(max(length, self.facts.duration or length), pixels),
        )  # fmt: skip
        reports = run_steps(
            encoding.steps, ffmpeg=binary.find(self.config.ffmpeg), workdir=self.workdir, limits=limits,
            on_progress=self.report, cancel=self.cancel,
        )  # fmt: skip
        self.report(Progress("verifying"))
        last = reports[-1].progress if reports else None
        produced = self._check(made, expected, quick=quick, like=like, counted=last.frame if like and last else None)
        said = verify_tool(expected, produced, damaged=any(damaged(report.stderr) for report in reports))
        extension = encoding.result.name.rpartition(".")[2]
        size = None if video is None else expected.shown
        return Made(made, extension, produced, size, encoding.copied, (*encoding.warnings, *said))

    def _check(
        self, made: Path, expected: Expected, *, quick: bool, like: bool, counted: int | None = None
    ) -> Produced:
        params: dict[str, Any] = {
            "path": str(made), "quick": quick, "upright": expected.upright, "counted": counted
        }  # fmt: skip
        if made.suffix in {".mp4", ".mov"} and expected.video_codec and not expected.copied:
            params["end"] = str(expected.duration)
        if like:
            params["like"] = self._input()["video"]
        return wire.unpack(Produced, self.child.call("check", params, cancel=self.cancel))

    def _encoder(self) -> tuple[PictureEncoder, tuple[str, ...]]:
        """The encoder that was set, if it works here; else libx264, and a sentence about it."""
        name = self.config.video_encoder
        if name is None:
            return X264, ()
        ffmpeg = binary.find(self.config.ffmpeg)
        wanted = HARDWARE.values() if name == "auto" else [HARDWARE[name]] if name in HARDWARE else []
        for encoder in wanted:
            if hardware.works(ffmpeg, encoder.name, encoder.device, H264(encoder).options()):
                return encoder, ()
        return X264, () if name == "auto" else (_NO_CHIP,)

    def _video(self) -> VideoFacts:
        if self.facts.video is None:
            raise CutroomError(ErrorCode.NO_VIDEO, "The file has no picture, only sound.")
        return self.facts.video

    def _end(self, span: Span) -> Fraction:
        """Container time of the end of a stretch of the pictures."""
        length = self.facts.duration or Fraction(0)
        return self.facts.origin + (length if span.end is None else span.end)

    def _input(self) -> dict[str, Any]:
        return {"video": {"path": str(self.source), "size": self.facts.size_bytes}}

    def _extract(self) -> dict[str, str]:
        return {"extract": str(self.workdir.path / EXTRACT)}

    @property
    def _threads(self) -> int:
        return self.config.threads or 0
