"""Say what a source is and what it holds, without cutting anything."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cutroom.actions.services import Services
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.media.choice import why_not_copied
from cutroom.media.input import Source
from cutroom.model.clip import CutRequest
from cutroom.model.media import AudioFacts, MediaFacts
from cutroom.model.source import SourceInfo, SourceKind


@dataclass(frozen=True, slots=True)
class Description:
    """A source as it was found, and the facts of its media."""

    source: SourceInfo
    facts: MediaFacts
    duration: Fraction | None
    """Exact seconds of the whole programme; None if it cannot be known."""
    obstacle: str | None
    """Why an exact cut has to re-encode; None when it copies all but the seams."""
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str | None:
        """What the site says of a page, what a file says of itself, else the name of the file."""
        on_page = self.source.title if self.source.kind is SourceKind.PAGE else None
        return on_page or self.facts.title or self.source.title

    @property
    def tracks(self) -> tuple[AudioFacts, ...]:
        """The sound, wherever it is kept."""
        return self.facts.audio


def describe(
    services: Services, text: str, *, on_progress: ProgressCallback = ignore, cancel: CancelToken
) -> Description:
    """Find the source and look inside. Of a remote one only what is needed for that is fetched."""
    on_progress(Progress("resolving"))
    with services.workdir() as workdir, services.sources.resolve(text, cancel) as resolved:
        info = resolved.describe(workdir.path, cancel)
        # One second: of a playlist this fetches its first segment, which shows what the others are like.
        start = [(Fraction(0), Fraction(1))]
        opened = resolved.open(start, workdir=workdir.path, on_progress=on_progress, cancel=cancel)
        on_progress(Progress("probing"))
        source = Source(opened.video, opened.audio, opened.duration)
        facts = services.engine.probe(source, cancel=cancel)
    return Description(
        info,
        facts,
        duration=opened.duration or facts.duration or info.duration,
        obstacle=why_not_copied(facts, CutRequest(*start[0])),
        warnings=opened.warnings,
    )
