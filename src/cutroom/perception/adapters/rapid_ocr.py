"""Reading text in one picture: PP-OCR's two networks from the wheel of ``rapidocr``, with its own steps around them.

The models lie inside the wheel and are named by path, so nothing is ever looked for elsewhere. What comes out is as
the network read it: cleaning and judging it is the business of the sense.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

Quad = npt.NDArray[np.float32]
"""Four corners of a line, clockwise from its top left."""

_DETECTOR, _RECOGNISER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_THREADS = 2
_LEGIBLE = 0.85


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of text in one line: its box in pixels of the picture, and how sure the reader is, 0..1."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    score: float


def installed() -> bool:
    """Whether the reader and its models are there."""
    folder = _folder()
    return folder is not None and all((folder / name).is_file() for name in (_DETECTOR, _RECOGNISER))


def _folder() -> Path | None:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "models"


class _Config(dict[str, Any]):
    """What rapidocr's parts ask of their configuration: items that are attributes as well."""

    __getattr__ = dict.__getitem__


class Reader:
    """The two networks, loaded, for two threads. Raises FileNotFoundError where they are not installed."""

    def __init__(self, long_side: int = 704) -> None:
        """``long_side``: pixels to which the longer side of a picture is scaled down to look for lines."""
        from rapidocr import EngineType, LangDet, LangRec
        from rapidocr.ch_ppocr_det import TextDetector
        from rapidocr.ch_ppocr_rec import TextRecognizer

        folder = _folder()
        if folder is None:
            raise FileNotFoundError("rapidocr")
        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        engine = {"engine_type": EngineType.ONNXRUNTIME}
        half = [0.5, 0.5, 0.5]
        self._detector = TextDetector(
            _Config(
                engine, session=_session(folder / _DETECTOR), lang_type=LangDet.CH, mean=half, std=half,
                limit_side_len=long_side, limit_type="max", thresh=0.3, box_thresh=0.5, unclip_ratio=1.6,
            )
        )  # fmt: skip
        self._recogniser = TextRecognizer(
            _Config(
                engine, session=_session(folder / _RECOGNISER), lang_type=LangRec.CH, rec_batch_num=6,
                rec_img_shape=[3, 48, 320], font_path=None, rec_keys_path=None,
            )
        )  # fmt: skip

    def find(self, picture: Picture) -> list[Quad]:
        """The corners of the lines of text in a BGR picture, from top to bottom."""
        found = self._detector(picture)
        return [] if found.boxes is None else [np.asarray(box, np.float32) for box in found.boxes]

    def read(self, picture: Picture, quads: list[Quad]) -> list[Line]:
        """What stands in the lines at ``quads``, in the order of reading; pieces of one line joined."""
        lines = []
        for quad, line in zip(quads, self._recognise(picture, quads), strict=True):
            longer = stretched(picture, quad) if line.score >= _LEGIBLE else None
            if longer is not None:
                (whole,) = self._recognise(picture, [longer])
                if whole.score >= _LEGIBLE and _letters(line.text) in _letters(whole.text):
                    line = whole  # noqa: PLW2901  the line, with the word at its end that was not found
            lines.append(line)
        return in_lines([line for line in lines if line.text.strip()])

    def _recognise(self, picture: Picture, quads: list[Quad]) -> list[Line]:
        from rapidocr.ch_ppocr_rec import TextRecInput
        from rapidocr.utils.process_img import get_rotate_crop_image

        if not quads:
            return []
        crops = [get_rotate_crop_image(picture, quad.copy()) for quad in quads]
        found = self._recogniser(TextRecInput(img=crops))
        texts, scores = found.txts or (), found.scores
        return [_line(quad, text, float(score)) for quad, text, score in zip(quads, texts, scores, strict=True)]


def _session(path: Path) -> Any:
    """A network of the wheel. Threads sleep between tasks: spinning, they take from the others what they do not use."""
    from onnxruntime import InferenceSession, SessionOptions, disable_telemetry_events

    disable_telemetry_events()
    options = SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = _THREADS, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _letters(text: str) -> str:
    return "".join(text.casefold().split())


def stretched(picture: Picture, quad: Quad) -> Quad | None:
    """A level line made longer, as far as edges as strong as its own go on beside it; None where they do not.

    The network that finds lines leaves out words of small letters at their ends now and then, however clear.
    """
    left, top, right, bottom = (float(edge) for edge in (*quad.min(0), *quad.max(0)))
    height = bottom - top
    if right - left < height or abs(float(quad[0, 1] - quad[1, 1])) > 0.2 * height:
        return None
    rows = picture[round(top + 0.2 * height) : round(bottom - 0.2 * height)]
    steps = np.abs(np.diff(rows.astype(np.float32).mean(2), axis=1))
    own = steps[:, int(left) : int(right)]
    if not own.size:
        return None
    strong = (steps >= max(0.4 * float(np.percentile(own, 96)), 8.0)).mean(0)
    least = 0.5 * float(strong[int(left) : int(right)].mean())
    begin = len(strong) - _go_on(strong[::-1], len(strong) - left, height, least)
    end = _go_on(strong, right, height, least)
    if left - begin < 0.5 * height and end - right < 0.5 * height:
        return None
    begin, end = min(begin, left), max(end, right)
    return np.array([(begin, top), (end, top), (end, bottom), (begin, bottom)], np.float32)


def _go_on(strong: npt.NDArray[np.floating[Any]], start: float, height: float, least: float) -> float:
    """How far beyond ``start`` strong edges go on without a gap wider than a letter."""
    at, end = max(0, int(start)), start
    while at < len(strong):
        ahead = strong[at : at + max(4, round(0.9 * height))]
        if len(ahead) < 0.3 * height or float(ahead.mean()) < least:
            break
        end = at + int(np.flatnonzero(ahead > 0)[-1]) + 0.2 * height
        at += max(2, round(0.3 * height))
    return min(float(len(strong)), end)


def _line(box: Quad, text: str, score: float) -> Line:
    (left, top), (right, bottom) = box.min(0), box.max(0)
    return Line(float(left), float(top), float(right), float(bottom), text, score)


def in_lines(pieces: list[Line]) -> list[Line]:
    """Pieces that stand side by side on one line joined, and all of them in the order of reading."""
    lines: list[Line] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        for number, line in enumerate(lines):
            if _continues(line, piece):
                lines[number] = _joined(line, piece)
                break
        else:
            lines.append(piece)
    return sorted(lines, key=lambda line: (line.top + line.bottom, line.left))


def _continues(line: Line, piece: Line) -> bool:
    """Whether ``piece`` goes on where ``line`` ends: of like height, level with it, and within a letter's width."""
    low, high = sorted((line.bottom - line.top, piece.bottom - piece.top))
    level = min(line.bottom, piece.bottom) - max(line.top, piece.top)
    gap = piece.left - line.right
    return low >= 0.6 * high and level >= 0.6 * low and -0.5 * high <= gap <= 0.8 * low


def _joined(line: Line, piece: Line) -> Line:
    letters = len(line.text), len(piece.text)
    score = (line.score * letters[0] + piece.score * letters[1]) / max(1, sum(letters))
    return Line(
        line.left, min(line.top, piece.top), max(line.right, piece.right), max(line.bottom, piece.bottom),
        f"{line.text} {piece.text}", score,
    )  # fmt: skip
