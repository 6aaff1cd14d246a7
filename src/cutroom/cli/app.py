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
        help="Cut clips out of videos: exact to the frame, nearly as fast as copying. Here, or as a server.",
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
    app.command(
        "cutroom.cli.tool:tool", name="tool", help="Convert, trim, resize: work on files with one of the media tools."
    )
    app.command(
        "cutroom.cli.doctor:doctor",
        name="doctor",
        help="Check that everything a cut needs is there, and what analyses can perceive.",
    )
    app.command(
        "cutroom.cli.analyze:analyze", name="analyze", help="Say what is in a video, how it is made, how it may fare."
    )
    app.command(
        "cutroom.cli.transcribe:transcribe",
        name="transcribe",
        help="Write down what is said in a file, a link or a page, with times and speakers.",
    )
    app.command("cutroom.cli.serve:serve", name="serve", help="Run a server: its doors and a worker, on this machine.")
    app.command("cutroom.cli.api:api", name="api", help="Run the doors of a server alone; workers run elsewhere.")
    app.command("cutroom.cli.worker:worker", name="worker", help="Do a server's work.")
    app.command("cutroom.cli.migrate:migrate", name="migrate", help="Bring a server's tables up to date.")
    app.command(_models())
    app.command(
        "cutroom.cli.calibrate:calibrate",
        name="calibrate",
        help="Fit predictions to your own past posts (a CSV table).",
    )
    app.command(_trends())
    app.command(_admin())
    return app


def _models() -> App:
    """The files that analysing needs."""
    models = App(name="models", help="List and fetch the models that an analysis uses.", help_format="plaintext")
    models.command(
        "cutroom.cli.models:show", name="list", help="Say which are there, what they give, and their licences."
    )
    models.command(
        "cutroom.cli.models:pull",
        name="pull",
        usage="Usage: cutroom models pull [--embedded] [NAME ...] [--from PATH]",
        help="Fetch those that are missing, each checked by its hash.",
    )
    return models


def _trends() -> App:
    """What is known of trends."""
    trends = App(name="trends", help="Look after the list of trends that films are compared with.",
                 help_format="plaintext")  # fmt: skip
    trends.command("cutroom.cli.calibrate:trends_load", name="load", help="Load a list of trends, CSV or JSON.")
    return trends


def _admin() -> App:
    """What an operator does by hand."""
    admin = App(name="admin", help="Look after a server's accounts, keys and credit.", help_format="plaintext")
    commands = {
        "accounts": "List all accounts.",
        "add": "Make an account.",
        "change": "Change an account's plan, disable or enable it, or set its password.",
        "keys": "List the API keys of an account.",
        "key": "Make an API key.",
        "revoke": "End an API key for good.",
        "credit": "Give an account credit.",
        "invite": "Make an invitation, with which one account can be made.",
        "link": "Make a link that logs in once.",
        "audit": "Check the books.",
    }
    for name, summary in commands.items():
        admin.command(f"cutroom.cli.admin:{name}", name=name, help=summary)
    return admin
