"""Loudness and clipping of sound as it is in the film: all channels, its own rate.

Loudness is EBU R 128 (integrated, true peak, range) by ffmpeg's own filter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import av
import av.error
import av.filter
import numpy as np

from cutroom.model.percepts import Loudness

if TYPE_CHECKING:
    from av import AudioFrame

# ffmpeg's words for "nothing passed the gate".
_GATE = -70.0
# So many samples at full scale in a row are a peak that was cut off.
_RUN = 3
# Full scale of formats whose largest value is well below one: a sample and a half of their step.
_FULL = {"u8": 1 - 1.5 / 128, "u8p": 1 - 1.5 / 128}
_FULL_16 = 1 - 1.5 / 32768


class Meter:
    """Fed with every frame, in order; answers at the end."""

    def __init__(self) -> None:
        self._graph: av.filter.Graph | None = None
        self._form: tuple[str, str, int] | None = None
        self._first: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None
        self._last: dict[str, str] = {}
        self._clipped = self._samples = self._pushed = 0

    def take(self, frame: AudioFrame) -> None:
        """Measure one frame, which stays as it is."""
        self._look_for_clipping(frame)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._graph is None:
            self._first, self._graph = form, _graph(frame)
        if form != self._form:
            self._resampler = (
                None if form == self._first else av.AudioResampler(*cast("tuple[str, str, int]", self._first))
            )
            self._form = form
        pts, frame.pts = frame.pts, None  # holes are of no weight
        for same in [frame] if self._resampler is None else self._resampler.resample(frame):
            self._push(same)
        frame.pts = pts

    @property
    def clipping(self) -> float:
        """Share 0..1 of all channels' samples that stand in runs of three or more at full scale."""
        return self._clipped / self._samples if self._samples else 0.0

    def loudness(self) -> Loudness:
        """What was measured; None where nothing passes the gate, or nothing sounds at all."""
        if self._graph is not None:
            self._fill_step()
            self._graph.push(None)
            self._drain()
        integrated = float(self._last.get("lavfi.r128.I", "-inf"))
        if not integrated > _GATE:
            return Loudness(true_peak_db=self._true_peak())
        return Loudness(integrated, self._true_peak(), float(self._last.get("lavfi.r128.LRA", "nan")))

    def _fill_step(self) -> None:
        """Silence up to the next tenth of a second: the filter answers in such steps, and says nothing of a part."""
        name, layout, rate = cast("tuple[str, str, int]", self._first)
        missing = -self._pushed % (rate // 10)
        if missing:
            frame = av.AudioFrame(format=name, layout=layout, samples=missing)
            frame.sample_rate = rate
            for plane in frame.planes:
                plane.update((b"\x80" if name in _FULL else b"\0") * plane.buffer_size)
            self._push(frame)

    def _push(self, frame: AudioFrame) -> None:
        frame.pts = None
        self._pushed += frame.samples
        cast("av.filter.Graph", self._graph).push(frame)
        self._drain()

    def _true_peak(self) -> float | None:
        peaks = [float(value) for name, value in self._last.items() if name.startswith("lavfi.r128.true_peaks_ch")]
        peak = max(peaks, default=0.0)
        return round(20 * float(np.log10(peak)), 2) if peak > 0 else None

    def _drain(self) -> None:
        while True:
            try:
                frame = cast("av.filter.Graph", self._graph).pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            found = cast("AudioFrame", frame).metadata
            if "lavfi.r128.I" in found:  # a last piece shorter than its step has none
                self._last = found

    def _look_for_clipping(self, frame: AudioFrame) -> None:
        data = frame.to_ndarray()
        self._samples += frame.samples * frame.layout.nb_channels
        full = _FULL.get(frame.format.name, _FULL_16)
        kind = data.dtype
        middle, scale = (
            (128, 128) if kind == np.uint8 else (0, 2.0 ** (8 * kind.itemsize - 1) if kind.kind == "i" else 1)
        )
        top, bottom = middle + full * scale, middle - full * scale
        if float(data.max()) < top and float(data.min()) > bottom:
            return
        if not frame.format.is_planar:
            data = data.reshape(-1, frame.layout.nb_channels).T
        for row in data:
            self._clipped += runs_of(row >= top, _RUN) + runs_of(row <= bottom, _RUN)


def runs_of(flags: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], least: int) -> int:
    """How many of ``flags`` are true in runs of ``least`` or more.

    >>> runs_of(np.array([1, 1, 0, 1, 1, 1], dtype=bool), 3)
    3
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= least].sum())


def _graph(frame: AudioFrame) -> av.filter.Graph:
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format.name,
        layout=frame.layout.name,
        time_base=frame.time_base,
    )
    graph.link_nodes(source, graph.add("ebur128", "peak=true:metadata=1"), graph.add("abuffersink")).configure()
    return graph
