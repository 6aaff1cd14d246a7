"""A finished piece of a tool's work, still in its scratch folder."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from cutroom.media.produced import Produced
from cutroom.media.tools.formats import IMAGE_TYPES, media_type
from cutroom.model.tool import ToolResult


@dataclass(frozen=True, slots=True)
class Made:
    """A finished, verified file in the scratch folder. ``size`` is as shown."""

    path: Path
    extension: str
    produced: Produced
    size: tuple[int, int] | None = None
    copied: bool = False
    warnings: tuple[str, ...] = ()

    def result(self, path: Path) -> ToolResult:
        """The answer, once the file has been moved to ``path``."""
        produced, still = self.produced, self.extension in IMAGE_TYPES and self.extension != "gif"
        return ToolResult(
            extension=self.extension,
            media_type=media_type(self.extension),
            size=produced.size_bytes,
            duration=None if still else _length(produced),
            width=self.size[0] if self.size else None,
            height=self.size[1] if self.size else None,
            frames=1 if still else produced.frames,
            video_codec=produced.video_codec,
            audio_codecs=produced.audio_codecs,
            copied=self.copied,
            warnings=self.warnings,
            path=path,
        )


def _length(produced: Produced) -> Fraction | None:
    """Seconds of the pictures, or of the sound without any."""
    if produced.end is not None and produced.first is not None:
        return produced.end - produced.first
    return max(produced.audio_ends, default=None)
