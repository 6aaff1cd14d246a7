"""A form (multipart/form-data) with one file, read by pieces as it comes: memory stays constant, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from cutroom.kernel.errors import CutroomError, ErrorCode

FILE = "file"
"""What the part with the file is called."""
LONGEST_NAME = 2000
_FORM = b"multipart/form-data"
_LONGEST_VALUE = 10_000
_MOST_PARTS = 50

Field = Callable[[str, str], None]


def is_form(content_type: str | None) -> bool:
    """Whether a body of this type is a form."""
    return parse_options_header(content_type)[0] == _FORM


class Form:
    """Gives the bytes of the part ``file`` to ``sink``, and every other value to ``field`` when it is whole.

    Without ``field`` other parts are left out, as are further files by other names in any case. What ``sink`` and
    ``field`` raise comes out of ``feed``, which raises ``INVALID_REQUEST`` for a form that is none.
    """

    def __init__(self, content_type: str | None, sink: Callable[[bytes], None], field: Field | None = None) -> None:
        self._sink, self._field = sink, field
        self._file_name: str | None = None
        self._whole = False
        self._parts = 0
        self._name: str | None = None
        """Of the part that is coming; None for one that is left out."""
        self._text = bytearray()
        self._header, self._value = bytearray(), bytearray()
        try:
            self._parser = MultipartParser(
                parse_options_header(content_type)[1][b"boundary"],
                {
                    "on_part_begin": self._part,
                    "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_done,
                    "on_part_data": self._data,
                    "on_part_end": self._part_done,
                    "on_end": self._end,
                },
            )
        except (KeyError, FormParserError) as error:
            raise no_form("The form has no boundary.") from error

    def feed(self, data: bytes) -> None:
        """The next piece of the body."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise no_form("The form cannot be read.") from error

    def finish(self) -> str:
        """The body has ended; the name its file came under. ``INVALID_REQUEST`` when it or the form is not whole."""
        if not self._whole:
            raise no_form("The form is not complete.")
        if self._file_name is None:
            raise no_form(f'The form has no file called "{FILE}".')
        return self._file_name

    def _part(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise no_form(f"The form has more than {_MOST_PARTS} parts.")
        self._name = None
        for buffer in (self._header, self._value, self._text):
            buffer.clear()

    def _header_done(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            self._named(options.get(b"name", b""), options.get(b"filename"))
        self._header.clear()
        self._value.clear()

    def _named(self, name: bytes, file_name: bytes | None) -> None:
        if name == FILE.encode():
            if self._file_name is not None:
                raise no_form("An upload is one file.")
            self._name, self._file_name = FILE, _file_name(file_name or b"")
        elif file_name is None and self._field is not None:
            self._name = _text(name, "The name of a field")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._sink(data[start:end])
        elif self._name is not None:
            self._text += data[start:end]
            if len(self._text) > _LONGEST_VALUE:
                raise no_form(f"A field of the form has more than {_LONGEST_VALUE} bytes.")

    def _part_done(self) -> None:
        if self._field is not None and self._name not in {None, FILE}:
            self._field(str(self._name), _text(bytes(self._text), "A field of the form"))

    def _end(self) -> None:
        self._whole = True


def no_form(message: str, next_step: str = f'Send multipart/form-data with the file as "{FILE}".') -> CutroomError:
    """``INVALID_REQUEST`` for a body that is not the form it has to be."""
    return CutroomError(ErrorCode.INVALID_REQUEST, message, next_step=next_step)


def _file_name(sent: bytes) -> str:
    """In UTF-8, with the three characters that a form must escape. Still any text."""
    text = sent.decode("utf-8", "replace")[:LONGEST_NAME]
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _text(sent: bytes, what: str) -> str:
    try:
        return sent.decode()
    except UnicodeDecodeError as error:
        raise no_form(f"{what} is no text in UTF-8.") from error
