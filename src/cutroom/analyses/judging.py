"""What it means: the verdicts of one film, each made once, and the whole answer put together from them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cutroom.analyses.perceiving import At, Perceiver
from cutroom.judgement.analysis import assemble
from cutroom.judgement.writer import Reason, Rejected
from cutroom.kernel.cancel import CancelToken
from cutroom.model.analysis import Preset
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import TextFacts, Verdict

if TYPE_CHECKING:
    from cutroom.judgement.writer import LanguageModel, Sources, Task

T = TypeVar("T")
Vectors = Sequence[Sequence[float]]
_NOTHING = Verdict({})
_LOOK = 0.2


class Judges(Protocol):
    """Pure: the same percepts give the same verdicts."""

    def labels(self) -> Sequence[str]:
        """Texts whose vectors ``understand`` compares with those of the film's sentences."""

    def understand(
        self, percepts: Percepts, labels: Vectors | None, cancel: CancelToken
    ) -> tuple[Verdict, TextFacts]: ...
    def creator(self, percepts: Percepts, text: TextFacts) -> Verdict: ...
    def growth(self, percepts: Percepts, creator: Verdict, text: TextFacts) -> Verdict: ...
    def scores(self, percepts: Percepts, creator: Verdict, growth: Verdict, text: TextFacts) -> Verdict: ...


class Judgement:
    """``Judges`` by the rules of ``judgement``.

    ``folder`` is where the user's calibration and list of trends lie; they are read anew for every film, so that one
    that is loaded holds from then on. ``writer`` is a language model, where there is one.
    """

    def __init__(self, folder: Path | None = None, *, writer: LanguageModel | None = None) -> None:
        self._folder, self._writer = folder, writer

    def labels(self) -> Sequence[str]:
        from cutroom.judgement.category import label_texts

        return label_texts()

    def understand(self, percepts: Percepts, labels: Vectors | None, cancel: CancelToken) -> tuple[Verdict, TextFacts]:
        from cutroom.judgement.understanding import understand

        writer = None if self._writer is None else Stoppable(self._writer, cancel)
        return understand(percepts, writer=writer, label_vectors=labels)

    def creator(self, percepts: Percepts, text: TextFacts) -> Verdict:
        from cutroom.judgement.creator import creator

        return creator(percepts, text)

    def growth(self, percepts: Percepts, creator: Verdict, text: TextFacts) -> Verdict:
        from cutroom.judgement.growth import growth
        from cutroom.judgement.kept import kept_calibration, kept_trends

        folder = self._folder
        return growth(
            percepts,
            creator,
            text,
            calibration=None if folder is None else kept_calibration(folder),
            trends=None if folder is None else kept_trends(folder),
        )

    def scores(self, percepts: Percepts, creator: Verdict, growth: Verdict, text: TextFacts) -> Verdict:
        from cutroom.judgement.scores import scores

        return scores(percepts, creator, growth, text)


class Stoppable:
    """A language model whose answer is not waited for once the work is cancelled."""

    def __init__(self, model: LanguageModel, cancel: CancelToken) -> None:
        self._model, self._cancel = model, cancel

    @property
    def name(self) -> str:
        return self._model.name

    def structured(self, task: Task, schema: type[T], sources: Sources) -> T | Rejected:
        """As the model's. Raises ``Cancelled``."""
        answers: list[T | Rejected] = []
        thread = threading.Thread(
            target=lambda: answers.append(self._model.structured(task, schema, sources)),
            name="language-model-wait",
            daemon=True,
        )
        thread.start()
        while thread.is_alive():
            thread.join(_LOOK)
            self._cancel.check()
        return answers[0] if answers else Rejected(Reason.SERVER_ERROR)


class Judging:
    """Of one film, in one process; what is asked for twice was judged once. Each method may take seconds."""

    def __init__(self, perceiver: Perceiver, judges: Judges, preset: Preset) -> None:
        self._perceiver, self._judges, self._preset = perceiver, judges, preset
        self._percepts: Percepts | None = None
        self._understood: tuple[Verdict, TextFacts] | None = None
        self._creator = self._growth = None if preset is Preset.FULL else _NOTHING

    def understand(self, at: At) -> tuple[Verdict, TextFacts]:
        """What it is about."""
        if self._understood is None:
            at.cancel.check()
            heard = self._preset is not Preset.META_ONLY
            labels = self._perceiver.labels(self._judges.labels(), at) if heard else None
            self._understood = self._judges.understand(self._all(at), labels, at.cancel)
        return self._understood

    def creator(self, at: At) -> Verdict:
        """How it is made; nothing of a preset that cannot know."""
        if self._creator is None:
            _, text = self.understand(at)
            at.cancel.check()
            self._creator = self._judges.creator(self._all(at), text)
        return self._creator

    def growth(self, at: At) -> Verdict:
        """How it may fare; nothing of a preset that cannot know."""
        if self._growth is None:
            _, text = self.understand(at)
            creator = self.creator(at)
            at.cancel.check()
            self._growth = self._judges.growth(self._all(at), creator, text)
        return self._growth

    def result(self, at: At) -> dict[str, Any]:
        """The layers of the answer, its scores and its evidence."""
        understood, text = self.understand(at)
        creator, growth = self.creator(at), self.growth(at)
        at.cancel.check()
        scores = self._judges.scores(self._all(at), creator, growth, text)
        return assemble(
            self._all(at),
            self._preset,
            {
                "media_understanding": understood,
                "creator_intelligence": creator,
                "growth_intelligence": growth,
                "scores": scores,
            },
            warnings=self._perceiver.ingested.warnings,
        )

    def _all(self, at: At) -> Percepts:
        if self._percepts is None:
            self._percepts = self._perceiver.percepts(self._preset, at)
        return self._percepts
