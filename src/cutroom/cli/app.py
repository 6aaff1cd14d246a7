"""The commands as the parser knows them. What a command itself needs is loaded when it is called."""

from __future__ import annotations

from cyclopts import App

from cutroom.cli.exit_codes import MEANINGS


def package_version() -> str:
    """The installed version; read only when asked for, because looking it up takes longer than parsing."""
    from importlib.metadata import version

    return version("cutroom")


def build_app() -> App:
    """The parser. Errors are raised, not printed: the caller words them."""
    codes = ", ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items())
    app = App(
        name="cutroom",
        help="Cut a piece out of a video: exact to the frame, nearly as fast as copying.",
        help_epilogue=f"Exit codes: {codes}.",
        # The default format, Markdown, loads a Markdown parser at every start.
        help_format="plaintext",
        version=package_version,
        version_format="plaintext",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    app.command(
        "cutroom.cli.cut:cut",
        name="cut",
        usage="Usage: cutroom cut SOURCE START END [OPTIONS]\n       cutroom cut SOURCE A-B [A-B ...] [OPTIONS]",
        help="Cut clips out of a file, a link or a page.",
    )
    app.command("cutroom.cli.info:info", name="info", help="Say what a file, a link or a page holds.")
    app.command("cutroom.cli.doctor:doctor", name="doctor", help="Check that everything a cut needs is there.")
    return app
