"""``cutroom tool``: a command for each media tool, with the options and the help that its spec describes."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from cutroom.actions.run_tool import Outcome, Prepared, ToolOrder, Unprocessed, prepare, run_tool, specs
from cutroom.cli.door import Door
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json, Verbose
from cutroom.cli.progress import Display
from cutroom.cli.standard_output import check_standard_output, pour
from cutroom.cli.tokens import STDOUT, unshield
from cutroom.cli.tool_content import outcome_content, outcome_lines
from cutroom.cli.tool_options import options, reworded, usage, written
from cutroom.cli.wording import printable
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.tool import Needs, Spec

if TYPE_CHECKING:  # help is shown without anything that works
    from cutroom.actions.services import Services

_FILES = {
    Needs.PICTURE: "Videos.",
    Needs.SOUND: "Files with sound.",
    Needs.IMAGE: "Images.",
    Needs.ANY: "Videos, or files with sound.",
}
_OUTPUT = (
    "The file to write, whose name may tell the format; for several files a folder; - for standard output. "
    "Without it the result goes beside its source and is named after it."
)
_GUARDED = True  # nothing is fetched
_JSON = "Print one JSON document on standard output, errors as JSON on standard error."
_VERBOSE = "Say on standard error in detail what happens."


def _build_app() -> App:
    app = App(
        name="tool",
        help="Work on files with one of the media tools. Needs no network.",
        usage="Usage: cutroom tool NAME FILE... [OPTIONS]\n       cutroom tool NAME --help",
        help_format="plaintext",
    )
    for place, spec in enumerate(specs()):
        app.command(_command(spec), name=spec.name, help=spec.summary, usage=usage(spec), sort_key=place)
    return app


def _command(spec: Spec) -> Callable[..., int]:
    """The function of one tool, with the signature from which the parser makes options and help."""

    def command(
        *files: str, output: str | None = None, force: bool = False, json: bool = False, verbose: bool = False,
        door: Door, **given: str | None,
    ) -> int:  # fmt: skip
        del json, verbose  # known to the door already: they also govern errors of parsing
        said = {name: unshield(text) for name, text in given.items() if text is not None}
        order = ToolOrder(
            tool=spec.name,
            sources=tuple(unshield(file) for file in files),
            given=tuple(written(spec, said)),
            output=None if output is None else unshield(output),
            overwrite=force,
        )
        if order.output is not None and not order.output:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "The target is empty.")
        if order.output == STDOUT and len(files) > 1:
            raise CutroomError(ErrorCode.INVALID_REQUEST, "Only one file can be written to standard output.")
        run = _to_stdout if order.output == STDOUT else _to_files
        with _speaking_of_options(spec):
            prepared = prepare(order)
            with door.open_services(_GUARDED) as services:
                return run(_Run(services, prepared, door))

    parameters = [
        inspect.Parameter("files", inspect.Parameter.VAR_POSITIONAL, annotation=_files(spec)),
        *options(spec),
        *_common(),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _files(spec: Spec) -> Any:
    return Annotated[str, Parameter(name="FILE", help=_FILES[spec.needs], required=True, show_default=False)]


def _common() -> Iterator[inspect.Parameter]:
    """What every tool has beside its own parameters."""
    force = Parameter(name="--force", help="Replace files that exist.", negative="", show_default=False)
    for name, annotation, default in (
        ("output", Annotated[str | None, Parameter(name=["--output", "-o"], metavar="FILE", help=_OUTPUT)], None),
        ("force", Annotated[bool, force], False),
        ("json", Annotated[Json, Parameter(help=_JSON)], False),
        ("verbose", Annotated[Verbose, Parameter(help=_VERBOSE)], False),
        ("door", Injected, inspect.Parameter.empty),
    ):
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


@contextlib.contextmanager
def _speaking_of_options(spec: Spec) -> Iterator[None]:
    try:
        yield
    except CutroomError as error:
        raise reworded(spec, error) from error.__cause__


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of one tool."""

    services: Services
    prepared: Prepared
    door: Door

    def outcomes(self, display: Display) -> Generator[Outcome, None, None]:
        return run_tool(self.services, self.prepared, on_progress=display.update, cancel=self.door.cancel)


def _to_files(run: _Run) -> int:
    outcomes: list[Outcome] = []
    try:
        with Display(run.door.err) as display:
            code = _each(run, display, outcomes)
    finally:
        # Also when stopped half-way: the files that are there are told.
        if run.door.as_json and outcomes:
            run.door.document({"results": [outcome_content(outcome) for outcome in outcomes]})
    return code


def _each(run: _Run, display: Display, outcomes: list[Outcome]) -> int:
    """File after file, telling and collecting what became of each; the exit code of the first failure."""
    sources, code, door = run.prepared.order.sources, Exit.OK, run.door
    count = len(sources)
    display.part(1, count, sources[0])
    with contextlib.closing(run.outcomes(display)) as found:
        for outcome in found:
            outcomes.append(outcome)
            display.pause()
            if isinstance(outcome, Unprocessed):
                about = f"{printable(outcome.source)}: " if count > 1 else ""
                failed = door.fail(reworded(run.prepared.spec, outcome.error), about, source=outcome.source)
                code = code or failed
            elif not door.as_json:
                door.say("\n".join(outcome_lines(outcome, str(outcome.target))))
            display.part(outcome.number + 1, count, *sources[outcome.number :][:1])
            display.resume()
    return code


def _to_stdout(run: _Run) -> int:
    check_standard_output(run.door)
    with run.services.workdir() as workdir, Display(run.door.err) as display:
        prepared = prepare(replace(run.prepared.order, output=f"{workdir.path}/"))
        run = replace(run, prepared=prepared)
        [outcome] = run.outcomes(display)
        if isinstance(outcome, Unprocessed):
            raise outcome.error
        display.pause()
        pour(outcome.target, run.door)
    if run.door.as_json:
        run.door.document({"results": [outcome_content(outcome) | {"file": None}]}, aside=True)
    else:
        run.door.say("\n".join(outcome_lines(outcome, "standard output")), aside=True)
    return Exit.OK


tool = _build_app()
"""What ``cutroom.cli.app`` loads when it is asked for."""
