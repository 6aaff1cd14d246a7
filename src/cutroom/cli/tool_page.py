"""``python -m cutroom.cli.tool_page`` prints the table of ``docs/tools.md``: every tool with its parameters."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from cutroom.actions.run_tool import specs
from cutroom.cli.tool_options import bounds, must_be_given, option_of
from cutroom.model.tool import Choice, Number, Spec, plain

_HEAD = "| tool | parameter | option | values | default | meaning |\n| --- | --- | --- | --- | --- | --- |\n"


def tools_table() -> str:
    """The table, in Markdown."""
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for spec in specs() for row in _rows(spec))


def _rows(spec: Spec) -> Iterator[tuple[str, ...]]:
    """One row for each parameter; the tool itself is named in the first."""
    named = f"`{spec.name}`"
    if not spec.parameters:
        yield named, "none", "", "", "", spec.summary
    for parameter in spec.parameters:
        yield (
            named, f"`{parameter.name}`", f"`{option_of(parameter.name)}`", _values(parameter), _default(parameter),
            f"{parameter.help[:1].upper()}{parameter.help[1:]}.",
        )  # fmt: skip
        named = ""


def _values(parameter: Number | Choice) -> str:
    if isinstance(parameter, Choice):
        return " ".join(f"`{value}`" for value in parameter.values)
    if parameter.among:
        return " ".join(f"`{value}`" for value in parameter.among)
    words = [bounds(parameter), parameter.unit]
    return ("whole numbers, " if parameter.whole else "") + " ".join(filter(None, words))


def _default(parameter: Number | Choice) -> str:
    if parameter.required:
        return "must be given" if must_be_given(parameter) else "must be given, or told by `-o`"
    if parameter.default is None:
        return ""
    return f"`{parameter.default if isinstance(parameter.default, str) else plain(parameter.default)}`"


if __name__ == "__main__":
    sys.stdout.write(tools_table())
