"""Run one media tool over files of this machine: a file that fails does not hide the others. Needs no network."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.actions.tool_targets import FORMATS, Naming, ending_of, extension_of, is_folder, other_ending
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress, ProgressCallback, ignore
from cutroom.media.toolbox import specs
from cutroom.media.tools import TOOLS
from cutroom.model.tool import Choice, Spec, ToolResult, Values, parse

if TYPE_CHECKING:  # what only describes the tools loads nothing that runs them
    from cutroom.actions.services import Services
    from cutroom.kernel.cancel import CancelToken


__all__ = ["FORMATS", "Outcome", "Prepared", "Processed", "ToolOrder", "Unprocessed", "prepare", "run_tool", "specs"]


@dataclass(frozen=True, slots=True)
class ToolOrder:
    """A tool and its files, all with the same parameters."""

    tool: str
    sources: tuple[str, ...]
    given: tuple[tuple[str, str], ...] = ()
    """Parameters as they were written, under their names in the specs."""
    output: str | None = None
    """A file, or a folder; None writes beside each source."""
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Processed:
    """A file of which something was made. ``number`` counts from 1 in the order given."""

    number: int
    source: str
    target: Path
    result: ToolResult


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """A file of which nothing was made, and why."""

    number: int
    source: str
    error: CutroomError


Outcome = Processed | Unprocessed


def spec_of(name: str) -> Spec:
    """The tool of this name, or ``CutroomError(INVALID_REQUEST)``."""
    for spec in specs():
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in specs())
    raise CutroomError(ErrorCode.INVALID_REQUEST, f"There is no such tool; there are {known}.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that has been understood: what is asked of every file."""

    order: ToolOrder
    spec: Spec
    values: Values
    naming: Naming


def prepare(order: ToolOrder) -> Prepared:
    """Read an order. Raises the ``CutroomError`` for what is wrong whatever the files are."""
    spec = spec_of(order.tool)
    values = parse(spec, _with_format(spec, order))
    naming = Naming(spec.name, values, order.output, several=len(order.sources) > 1)
    if order.output is not None and is_folder(order.output):
        from cutroom.actions.targets import check_folder

        check_folder(Path(order.output))  # once, and not for each file
    return Prepared(order, spec, values, naming)


def run_tool(
    services: Services, prepared: Prepared, *, on_progress: ProgressCallback = ignore, cancel: CancelToken
) -> Generator[Outcome, None, None]:
    """Work on every file, yielding each outcome when it is there; close the iterator when stopping early.

    What goes wrong with one file is its outcome; ``Cancelled`` ends everything.
    """
    work = _Work(services, prepared, on_progress, cancel)
    for number, source in enumerate(prepared.order.sources, 1):
        try:
            target, result = work.do(source)
        except Cancelled:
            raise
        except CutroomError as error:
            yield Unprocessed(number, source, error)
        else:
            yield Processed(number, source, target, result)


def _with_format(spec: Spec, order: ToolOrder) -> list[tuple[str, str]]:
    """The parameters; a format that was not given follows from the ending of the target, if that names one."""
    given, ending = list(order.given), ending_of(order.output)
    named = {name for name, _ in given}
    for parameter in spec.parameters:
        if isinstance(parameter, Choice) and parameter.name in FORMATS and parameter.name not in named:
            if ending in parameter.values:
                given.append((parameter.name, ending))
            elif ending:
                known = ", ".join(f".{value}" for value in parameter.values)
                raise CutroomError(
                    ErrorCode.INVALID_REQUEST,
                    f"This tool makes no such file as the target's name says; it may end in {known}.",
                )
    return given


@dataclass
class _Work:
    """What is the same for all files of an order."""

    services: Services
    prepared: Prepared
    on_progress: ProgressCallback
    cancel: CancelToken
    taken: set[Path] = field(default_factory=set)
    """Targets of this order so far."""

    def do(self, source: str) -> tuple[Path, ToolResult]:
        """One file. Nothing is left of it when it fails."""
        from cutroom.actions.targets import check_targets
        from cutroom.media.ffmpeg.workdir import Workdir, remove_stale

        toolbox, name, values = self.services.toolbox, self.prepared.spec.name, self.prepared.values
        overwrite = self.prepared.order.overwrite
        self.on_progress(Progress("probing"))
        path = _local(source)
        facts = toolbox.look(path, tool=name, cancel=self.cancel)
        toolbox.check(name, values, facts)
        extension = extension_of(TOOLS[name].plan(values, facts))
        target = self.prepared.naming.target(Path(source).expanduser(), extension)
        self._take(target)
        check_targets([target], overwrite=overwrite, source=path)
        real = Path(os.path.realpath(target))  # a link stays a link: what it points to is written
        root = self.services.root_for(real)
        remove_stale(root, 0.0)
        with Workdir(root) as workdir:
            result = toolbox.run(
                name, values, path, workdir.path, facts=facts, on_progress=self.on_progress, cancel=self.cancel
            )
            self.cancel.check()
            if other_ending(target, result.extension):
                message = "The result is of another kind than the name of its target says."
                raise CutroomError(ErrorCode.PROCESSING_FAILED, message, detail=f"{target}: {result.extension}")
            workdir.publish(result.path, real, overwrite=overwrite)
        return target, result

    def _take(self, target: Path) -> None:
        """No two files of an order are written to one place, whatever may be replaced otherwise."""
        absolute = target.absolute()
        if absolute in self.taken:
            raise CutroomError(
                ErrorCode.TARGET_NOT_WRITABLE,
                "Another of these files goes to the same place.",
                next_step="Work on this one alone, and name its target.",
                detail=str(target),
            )
        self.taken.add(absolute)


def _local(source: str) -> Path:
    from cutroom.sources.given import is_link, local_file

    if is_link(source):
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, "A tool works on files, not on links.", next_step="Fetch the file first."
        )
    return local_file(source)
