"""Where clips are written: their names, and everything that can be known to be wrong before any work is done."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.filenames import safe_stem
from cutroom.kernel.ids import new_id
from cutroom.kernel.timespan import Timespan, format_time
from cutroom.model.clip import Format
from cutroom.sources.given import is_link

NUMBER = "{n}"
"""Stands for the number of the piece, from 1, in a target that several pieces share."""
_LEAST_FREE = 1 << 20


def format_of(output: str | None, asked: Format | None) -> Format:
    """The format to deliver: as asked, else as the ending of ``output`` says, else mp4.

    ``CutroomError(INVALID_REQUEST)`` when the two contradict each other or the ending is of no known format.
    """
    ending = Path(output).suffix.lower().removeprefix(".") if output and not _is_folder(output) else ""
    known = {form.value: form for form in Format}
    if asked is not None and ending in known and known[ending] is not asked:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            f"The target ends in .{ending}, but the format asked for is {asked}.",
            next_step="Change one of them.",
        )
    if asked is None and ending and ending not in known:
        shown = ascii(ending)[1:-1][:20]
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            f'"{shown}" is not a format Cutroom writes; it writes {", ".join(known)}.',
        )
    return asked or known.get(ending, Format.MP4)


def name_targets(output: str | None, stem: str, pieces: Sequence[Timespan], form: Format) -> list[Path]:
    """One path for each piece: ``output`` itself, a name in that folder, or a name in the current one.

    ``stem`` is what the names begin with where they are not given. Raises ``CutroomError(INVALID_REQUEST)`` when
    several pieces would get one name.
    """
    if output is None or _is_folder(output):
        folder = Path(output or "")
        targets = [folder / default_name(stem, piece, form) for piece in pieces]
    elif NUMBER in Path(output).name:
        path = Path(output)
        targets = [path.with_name(path.name.replace(NUMBER, str(number))) for number, _ in enumerate(pieces, 1)]
    elif len(pieces) > 1:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            "Several ranges need several targets.",
            next_step=f'Name a folder, or a file with {NUMBER} in its name, such as "clip{NUMBER}.{form}".',
        )
    else:
        targets = [Path(output)]
    if len(set(targets)) < len(targets):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "Two of the ranges are the same, so their clips would be too.")
    return targets


def default_name(stem: str, piece: Timespan, form: Format) -> str:
    """``film_1-30-1-45.5.mp4``: made safe for every file system; ranges that differ give names that differ.

    >>> default_name("film", Timespan(Fraction(90), Fraction(211, 2)), Format.MP4)
    'film_1-30-1-45.5.mp4'
    """
    return f"{safe_stem(stem)}_{_time_label(piece.start)}-{_time_label(piece.end)}.{form}"


def _time_label(time: Fraction) -> str:
    # Milliseconds where they say it all; times of 29.97 frames a second have endless decimals and get nanoseconds.
    places = 3 if (time * 1000).denominator == 1 else 9
    return format_time(time, places).replace(":", "-")


def _is_folder(output: str) -> bool:
    try:
        return output.endswith(("/", os.sep)) or Path(output).is_dir()
    except OSError:  # a name too long, for one: the check of the targets words that
        return False


def check_targets(targets: Sequence[Path], *, overwrite: bool, source: Path | None) -> None:
    """Raise the ``CutroomError`` that writing would end in, as far as it can be known now.

    ``source`` is the local file that is read, which is never written, not even with ``overwrite``.
    """
    for target in targets:
        check_folder(target.parent)
        with _told():
            _check_file(target, overwrite=overwrite, source=source)


def check_report(target: Path, source: str, *, overwrite: bool) -> None:
    """As ``check_targets``, of what is written about ``source``: a path or a link."""
    check_targets([target], overwrite=overwrite, source=None if is_link(source) else Path(source).expanduser())


def check_new_folder(folder: Path) -> None:
    """As ``check_folder``, of a folder that is made, in one that is there, if it is not there itself."""
    with _told():
        _check_folder(folder if folder.exists() else folder.parent)


def write_whole(target: Path, text: str) -> None:
    """All of it or nothing, in place of what may be there. ``TARGET_NOT_WRITABLE``."""
    part = None
    try:
        real = Path(os.path.realpath(target))
        part = real.with_name(f".{new_id()}.part")
        part.write_text(text, "utf-8")
        part.replace(real)
    except (OSError, ValueError) as error:
        raise _not_writable("The target cannot be written.", str(error)) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Raise the ``CutroomError`` that writing any file into ``folder`` would end in."""
    with _told():
        _check_folder(folder)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # a name too long, a loop of links, a folder not to be entered
        raise _not_writable("The target cannot be written there.", str(error)) from error


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise _not_writable("The folder for the target does not exist.", folder, "Create it, or name another.")
    if not folder.is_dir():
        raise _not_writable("The target lies under something that is not a folder.", folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _not_writable("The folder for the target is read-only.", folder, "Name another folder.")
    room = shutil.disk_usage(folder)
    if room.total and room.free < _LEAST_FREE:  # what has no size at all is no disk (/proc)
        raise CutroomError(
            ErrorCode.DISK_FULL, "The disk of the target is full.", next_step="Free some space, or name another disk."
        )


def _check_file(target: Path, *, overwrite: bool, source: Path | None) -> None:
    try:
        status = target.stat()
    except FileNotFoundError:
        return
    if stat.S_ISDIR(status.st_mode):
        raise _not_writable("The target is a folder.", str(target))
    if not stat.S_ISREG(status.st_mode):
        # The finished clip is moved into place: that would replace a device or a pipe, not write to it.
        raise _not_writable("The target is a device or a pipe.", str(target), "Name an ordinary file.")
    if source is not None and source.exists() and target.samefile(source):
        raise _not_writable("The target is the source itself.", str(target), "Name another target.")
    if not overwrite:
        raise CutroomError(
            ErrorCode.TARGET_EXISTS,
            "The target exists already.",
            next_step="Allow it to be replaced, or name another.",
            detail=str(target),
            target=target,
        )


def _not_writable(message: str, about: str | Path, next_step: str | None = None) -> CutroomError:
    """``about`` is for the log; a folder is also named by doors whose users it belongs to."""
    fields = {"folder": about} if isinstance(about, Path) else {}
    return CutroomError(ErrorCode.TARGET_NOT_WRITABLE, message, next_step=next_step, detail=str(about), **fields)
