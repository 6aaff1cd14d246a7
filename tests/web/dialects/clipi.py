"""What the tests of Clipi share: forms by hand, a caller, files that tools take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutroom.model.tool import Needs, Spec
from tests.support import films
from tests.support.short_films import short_film
from tests.web.conftest import Visitor

API = "/clipi/api"
BOUNDARY = "----b0undary"


@dataclass(frozen=True)
class Part:
    """A field, or with ``file_name`` a file."""

    name: str
    content: bytes
    file_name: str | None = None


def form(*parts: Part, end: bool = True) -> dict[str, Any]:
    """Body and header of a form with exactly these parts."""
    body = b""
    for part in parts:
        more = f'; filename="{part.file_name}"' if part.file_name is not None else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part.name}"{more}\r\n\r\n'
        body += head.encode("utf-8", "surrogateescape") + part.content + b"\r\n"
    body += f"--{BOUNDARY}--\r\n".encode() if end else b""
    return {"content": body, "headers": {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}}


def fields(**values: object) -> list[Part]:
    return [Part(name, str(value).encode()) for name, value in values.items()]


def a_file(path: Path, name: str | None = None) -> Part:
    return Part("file", path.read_bytes(), path.name if name is None else name)


def order(caller: Visitor, tool: str, file: Path, **values: object) -> Any:
    """The document's way: the file first, then the fields."""
    return caller("POST", f"/tools/{tool}", **form(a_file(file), *fields(**values)))


def said(answer: Any) -> tuple[int, str]:
    """Status and sentence of an error, which has the one shape."""
    body = answer.json()
    assert list(body) == (["error", "retryAfter"] if answer.status_code == 429 else ["error"]), answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert isinstance(body["error"], str)
    assert body["error"].endswith((".", ")"))
    return answer.status_code, body["error"]


def film() -> Path:
    """Three seconds of H.264 and AAC."""
    return short_film("mp4").path


def silent() -> Path:
    return short_film("silent").path


def sound() -> Path:
    return short_film("sound_mp3").path


def picture(extension: str = "jpg") -> Path:
    """160x120."""
    path = films.cache_root() / f"clipi-picture.{extension}"
    with films.locked(films.cache_root() / "clipi-picture.lock"):
        if not path.exists():
            films.run(["-f", "lavfi", "-i", "testsrc=size=160x120", "-frames:v", "1", "-update", "1", str(path)])
    return path


def file_for(spec: Spec) -> Path:
    """One that the tool takes."""
    return {Needs.PICTURE: film, Needs.SOUND: sound, Needs.IMAGE: picture, Needs.ANY: film}[spec.needs]()
