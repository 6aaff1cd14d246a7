"""Clipi's tools at the door: every parameter at both ends and one beyond, and everything that may be sent wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cutroom.actions import tools
from cutroom.model.tool import Choice, Number, Spec
from cutroom.web.dialects.clipi import app, limits
from tests.support import hostile, images
from tests.support.site import MOST_SENT, Backstage
from tests.web.conftest import Visitor
from tests.web.dialects.clipi import (
    API,
    Part,
    a_file,
    fields,
    file_for,
    film,
    form,
    order,
    picture,
    said,
    silent,
    sound,
)

pytestmark = pytest.mark.slow

SPECS = {spec.name: spec for spec in tools.specs()}
NEEDED: dict[str, dict[str, object]] = {
    "convert": {"outputFormat": "mkv"},
    "gif": {"startTime": 0, "duration": 1},
    "trim-video": {"startTime": 1, "endTime": 2},
    "resize-video": {"width": 160, "height": 90},
    "rotate-video": {"rotation": 90},
    "video-speed": {"speed": 2},
    "audio-converter": {"outputFormat": "wav"},
    "trim-audio": {"startTime": 0.5, "endTime": 1},
    "image-converter": {"outputFormat": "png"},
    "resize-image": {"width": 20, "height": 20},
}
CROP = {"cropX": 0, "cropY": 0, "cropW": 100, "cropH": 100}


@pytest.fixture
def clipi(visitor: Visitor) -> Visitor:
    return Visitor(visitor.client, visitor.account, visitor.key, API)


@pytest.fixture
def clean(behind: Backstage) -> Callable[[], None]:
    """Asserts that since now nothing was queued or kept."""
    services = behind.services

    def seen() -> tuple[Any, ...]:
        with services.database.read() as tx:
            jobs = services.jobs.unfinished(tx)
        return len(jobs), sorted(services.store.list("runs"))

    before = seen()

    def check() -> None:
        assert seen() == before
        assert list(services.reception.scratch.iterdir()) == []
        assert services.reception.coming == 0

    return check


def job_of(behind: Backstage, answer: Any) -> Any:
    with behind.services.database.read() as tx:
        return behind.services.jobs.get(tx, answer.json()["jobId"])


def test_the_table_has_the_fifteen_of_the_document() -> None:
    assert list(SPECS) == [
        "convert", "compress", "extract-audio", "gif", "thumbnail", "trim-video", "resize-video", "rotate-video",
        "remove-audio", "video-speed", "audio-converter", "trim-audio", "image-converter", "resize-image",
        "compress-image",
    ]  # fmt: skip


@pytest.mark.parametrize("name", SPECS)
def test_each_tool_is_accepted_and_queued(clipi: Visitor, behind: Backstage, name: str) -> None:
    answer = order(clipi, name, file_for(SPECS[name]), **NEEDED.get(name, {}))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == ["success", "jobId", "toolJobId"]
    assert body["success"] is True
    assert len({body["jobId"], body["toolJobId"]}) == 2
    assert all(len(body[key]) >= 24 and body[key].isalnum() for key in ("jobId", "toolJobId"))
    job = job_of(behind, answer)
    assert (job.kind, job.surface, job.account_id) == ("tool", "clipi", clipi.account.id)
    assert (job.params["tool"], job.params["artifact"], job.cost) == (name, body["toolJobId"], 0)
    assert behind.services.store.size(job.params["input"]) == file_for(SPECS[name]).stat().st_size
    assert list(behind.services.reception.scratch.iterdir()) == []


def ends() -> Iterator[Any]:
    """Every number of every tool: its name, its lowest, its highest, and one step beyond each."""
    for spec in SPECS.values():
        for parameter in spec.parameters:
            if isinstance(parameter, Number):
                step = Fraction(1) if parameter.whole else Fraction(1, 100)
                bounds = [(parameter.low, -step), (parameter.high, step)]
                if parameter.name == "endTime":  # it ends after the start
                    bounds = []
                if parameter.name.startswith("crop"):  # it ends at the edge of the picture
                    bounds = bounds[:1]
                for end, beyond in bounds:
                    if end is not None:
                        yield pytest.param(spec, parameter, end, end + beyond, id=f"{spec.name}-{parameter.name}-{end}")


def decimal(value: Fraction) -> str:
    return f"{float(value):g}"


def others(spec: Spec, parameter: Number) -> dict[str, object]:
    """What else the tool needs, so that the one under test is what decides."""
    more = dict(NEEDED.get(spec.name, {}))
    if parameter.name.startswith("crop"):
        more |= CROP
    if parameter.name == "startTime" and "endTime" in more:
        more["endTime"] = 1
    return more


@pytest.mark.parametrize(("spec", "parameter", "end", "beyond"), list(ends()))
def test_numbers_include_their_ends_and_nothing_beyond(
    clipi: Visitor, behind: Backstage, spec: Spec, parameter: Number, end: Fraction, beyond: Fraction
) -> None:
    file, more = file_for(spec), others(spec, parameter)
    inside = order(clipi, spec.name, file, **more | {parameter.name: decimal(end)})
    assert inside.status_code == 200, inside.text
    stored = job_of(behind, inside).params["values"][parameter.name]
    assert Fraction(stored) == end
    status, sentence = said(order(clipi, spec.name, file, **more | {parameter.name: decimal(beyond)}))
    assert status == 400
    assert parameter.name in sentence


def choices() -> Iterator[Any]:
    for spec in SPECS.values():
        for parameter in spec.parameters:
            if isinstance(parameter, Choice):
                yield pytest.param(spec, parameter, id=f"{spec.name}-{parameter.name}")


@pytest.mark.parametrize(("spec", "parameter"), list(choices()))
def test_choices_are_these_words_and_no_others(clipi: Visitor, spec: Spec, parameter: Choice) -> None:
    more = NEEDED.get(spec.name, {})
    for value in parameter.values:
        assert order(clipi, spec.name, file_for(spec), **more | {parameter.name: value}).status_code == 200
    for wrong in ("", "avi", parameter.values[0].upper(), "\u00e9", "mp4;rm", "x" * 100):
        status, sentence = said(order(clipi, spec.name, file_for(spec), **more | {parameter.name: wrong}))
        assert (status, parameter.name in sentence) == (400, True)
        assert all(value in sentence for value in parameter.values)


def required() -> Iterator[Any]:
    for spec in SPECS.values():
        for parameter in spec.parameters:
            if parameter.required:
                yield pytest.param(spec, parameter.name, id=f"{spec.name}-{parameter.name}")


@pytest.mark.parametrize(("spec", "name"), list(required()))
def test_what_is_required_is_missed(clipi: Visitor, clean: Callable[[], None], spec: Spec, name: str) -> None:
    more = {key: value for key, value in NEEDED[spec.name].items() if key != name}
    status, sentence = said(order(clipi, spec.name, file_for(spec), **more))
    assert (status, name in sentence) == (400, True)
    clean()


@pytest.mark.parametrize(
    "wrong",
    ["NaN", "nan", "inf", "-Infinity", "1e999", "abc", "", " ", "0x10", "1,5", "--1", "1_0", "\u0661", "1\x00", "true",
     "9" * 400],
)  # fmt: skip
def test_what_is_no_number_is_refused(clipi: Visitor, clean: Callable[[], None], wrong: str) -> None:
    for tool, name in (("gif", "startTime"), ("resize-image", "width")):
        status, sentence = said(order(clipi, tool, file_for(SPECS[tool]), **NEEDED[tool] | {name: wrong}))
        assert (status, name in sentence) == (400, True)
    clean()


@pytest.mark.parametrize(("text", "fits"), [("10", True), ("10.0", True), ("10.5", False)])
def test_whole_numbers_are_whole_however_they_are_written(clipi: Visitor, text: str, fits: bool) -> None:
    answer = order(clipi, "gif", film(), startTime="0.25", duration="1.5", fps=text)
    assert answer.status_code == (200 if fits else 400)


def test_times_are_the_decimal_numbers_they_are(clipi: Visitor, behind: Backstage) -> None:
    answer = order(clipi, "trim-video", film(), startTime="0.1", endTime="2.35")
    assert job_of(behind, answer).params["values"] == {"startTime": "1/10", "endTime": "47/20"}


@pytest.mark.parametrize(
    "values",
    [
        {"startTime": 2, "endTime": 1}, {"startTime": 1, "endTime": 1}, {"startTime": 99, "endTime": 100},
        {"startTime": 0, "endTime": 0}, {"startTime": 0, "endTime": "-0.01"}, {"startTime": "NaN", "endTime": 1},
    ],
)  # fmt: skip
def test_times_that_make_no_piece(clipi: Visitor, clean: Callable[[], None], values: dict[str, object]) -> None:
    for tool, file in (("trim-video", film()), ("trim-audio", sound())):
        assert said(order(clipi, tool, file, **values))[0] == 400
    clean()


@pytest.mark.parametrize("turn", [0, 1, 45, 91, 179, 269, 360, -90, "90.5"])
def test_turns_are_quarters(clipi: Visitor, turn: object) -> None:
    status, sentence = said(order(clipi, "rotate-video", film(), rotation=turn))
    assert (status, "rotation" in sentence) == (400, True)


def test_an_end_past_the_end_is_the_end(clipi: Visitor) -> None:
    assert order(clipi, "trim-video", film(), startTime=1, endTime=999).status_code == 200


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"cropX": 300, "cropY": 170, "cropW": 20, "cropH": 10}, 200),
        ({"cropX": 300, "cropY": 170, "cropW": 21, "cropH": 10}, 400),
        ({"cropX": 300, "cropY": 170, "cropW": 20, "cropH": 11}, 400),
        ({"cropX": 0, "cropY": 0, "cropW": 320, "cropH": 180}, 200),
        ({"cropX": 1, "cropY": 0, "cropW": 320, "cropH": 180}, 400),
    ],
)
def test_a_crop_goes_as_far_as_the_edge(clipi: Visitor, values: dict[str, object], status: int) -> None:
    assert order(clipi, "thumbnail", film(), **values).status_code == status


@pytest.mark.parametrize(
    "values",
    [CROP | {"cropX": 250}, CROP | {"cropH": 200}, {"cropX": 0, "cropY": 0, "cropW": 10}, CROP | {"cropW": 0}],
)
def test_a_crop_outside_the_frame_or_not_whole(
    clipi: Visitor, clean: Callable[[], None], values: dict[str, object]
) -> None:
    assert said(order(clipi, "thumbnail", film(), **values))[0] == 400
    clean()


def test_fields_come_in_any_order_and_unknown_ones_are_ignored(clipi: Visitor) -> None:
    times = fields(startTime=1, endTime=2)
    for parts in (
        [a_file(film()), *times],
        [*times, a_file(film())],
        [times[1], a_file(film()), times[0], *fields(other="x", _charset_="utf-8")],
        [*times, a_file(film()), Part("second", b"x", "other.mp4")],
    ):
        answer = clipi("POST", "/tools/trim-video", **form(*parts))
        assert answer.status_code == 200, answer.text


FILE = Part("file", b"some bytes", "a.mp4")
BAD_FORMS = {
    "no file": (form(*fields(startTime=1, endTime=2)), 'no file called "file"'),
    "nothing": (form(), 'no file called "file"'),
    "another name": (form(Part("video", b"x", "a.mp4")), 'no file called "file"'),
    "two files": (form(FILE, FILE), "one file"),
    "an empty file": (form(Part("file", b"", "a.mp4"), *fields(startTime=1, endTime=2)), "empty"),
    "repeated": (form(*fields(startTime=1), *fields(startTime=1), FILE), "startTime"),
    "repeated after the file": (form(*fields(startTime=1), FILE, *fields(startTime=1)), "startTime"),
    "a large field": (form(*fields(note="x" * 10_001), FILE), "10000 bytes"),
    "many fields": (form(*[Part(f"f{n}", b"") for n in range(50)], FILE), "50 parts"),
    "no text": (form(Part("startTime", b"\xff\xfe"), FILE), "UTF-8"),
    "cut off": (form(FILE, end=False), "not complete"),
    "no boundary": ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, "boundary"),
    "JSON": ({"json": {"startTime": 1, "endTime": 2}}, "must be a form"),
    "the file itself": ({"content": b"film", "headers": {"Content-Type": "video/mp4"}}, "must be a form"),
    "an ordinary form": ({"data": {"startTime": "1"}}, "must be a form"),
    "no body": ({}, "must be a form"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_a_form_that_is_wrong_is_refused_in_a_sentence(clipi: Visitor, clean: Callable[[], None], name: str) -> None:
    request, word = BAD_FORMS[name]
    status, sentence = said(clipi("POST", "/tools/trim-video", **request))
    assert (status, word in sentence) == (400, True), sentence
    clean()


@pytest.mark.parametrize(
    ("tool", "file", "status"),
    [
        ("extract-audio", silent, 422),
        ("trim-audio", silent, 422),
        ("audio-converter", picture, 422),
        ("resize-image", film, 422),
        ("compress-image", sound, 422),
        ("compress", picture, 422),
        ("gif", sound, 422),
        ("remove-audio", sound, 422),
    ],
)
def test_a_file_that_lacks_what_the_tool_needs(
    clipi: Visitor, clean: Callable[[], None], tool: str, file: Callable[[], Path], status: int
) -> None:
    assert said(order(clipi, tool, file(), **NEEDED.get(tool, {})))[0] == status
    clean()


@pytest.mark.parametrize("name", ["notes.mp4", "hls.m3u8", "dash.mp4", "concat.mp4", "drawing.png"])
def test_what_is_no_media_is_refused_whatever_it_is_called(
    clipi: Visitor, clean: Callable[[], None], tmp_path: Path, name: str
) -> None:
    file = hostile.CASES[name].build(tmp_path, "http://127.0.0.1:9")
    for tool in ("remove-audio", "compress-image"):
        status, sentence = said(order(clipi, tool, file))
        assert status == 422
        assert str(tmp_path) not in sentence
    clean()


def test_what_is_too_costly_is_refused_before_it_is_queued(
    clipi: Visitor, behind: Backstage, clean: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(behind.services.reception._surfaces, "clipi", 100_000_000)
    png = tmp_path / "bomb.png"
    png.write_bytes(hostile._png(30_000, 30_000))
    gif = tmp_path / "bomb.gif"
    gif.write_bytes(hostile.endless_gif())
    for tool, file in (("compress", hostile.bomb()), ("resize-image", png), ("compress-image", gif)):
        status, sentence = said(order(clipi, tool, file, **NEEDED.get(tool, {})))
        assert status == 422, sentence
    clean()


def test_the_largest_file_is_taken_and_nothing_larger(clipi: Visitor, clean: Callable[[], None]) -> None:
    exact = film().read_bytes().ljust(MOST_SENT, b"\0")
    for size, status in ((MOST_SENT, 200), (MOST_SENT + 1, 413), (MOST_SENT + 200_000, 413)):
        answer = clipi("POST", "/tools/remove-audio", **form(Part("file", exact.ljust(size, b"\0"), "a.mp4")))
        assert answer.status_code == status, answer.text
        if status == 413:
            assert str(MOST_SENT) in said(answer)[1]


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "C:\\films\\a.mp4", 'a"b.mp4', "a%22b%0D%0Ac.mp4", "a\nb.mp4", "a\r\nX-Api-Key: x",
     "\u202egpj.mp4", "x" * 300 + ".mp4", "",
     ".mp4", "a.MP4", "a." + "q" * 40, "\u6620\u753b.mp4", "concat:a|b", "-y.mp4"],
)  # fmt: skip
def test_names_of_files_mean_nothing(clipi: Visitor, behind: Backstage, name: str) -> None:
    answer = clipi("POST", "/tools/remove-audio", **form(a_file(film(), name.replace('"', '\\"'))))
    assert answer.status_code == 200, answer.text
    job = job_of(behind, answer)
    assert job.params["input"].startswith(f"runs/{job.id[:2]}/{job.id}/in-")
    behind.make(job.id)
    made = clipi.client.get(f"{API}/tools/download/{answer.json()['toolJobId']}")
    assert made.headers["content-disposition"] == 'attachment; filename="result.mp4"'


def test_a_moving_gif_is_an_image_to_one_tool_and_a_film_to_another(clipi: Visitor) -> None:
    (gif,) = [image for image in images.IMAGES.values() if image.extension == "gif"][:1]
    assert order(clipi, "compress-image", gif.path).status_code == 200
    assert order(clipi, "convert", gif.path, outputFormat="mp4").status_code == 200


def test_an_unknown_tool_is_told_the_names_of_those_there_are(clipi: Visitor) -> None:
    for path in ("/tools/fold-video", "/tools/", "/tools", "/tools/gif/", "/tools/GIF"):
        status, sentence = said(clipi("POST", path, **form(a_file(film()))))
        assert (status, sentence[:48]) == (404, "There is no such tool; there are convert, compre"), path
        assert all(name in sentence for name in SPECS)


def test_the_schema_has_each_tool_with_its_fields(clipi: Visitor) -> None:
    schema = clipi.client.get(f"{API}/openapi.json").json()
    assert schema["servers"] == [{"url": API}]
    for spec in SPECS.values():
        operation = schema["paths"][f"/tools/{spec.name}"]["post"]
        assert operation["summary"] == spec.summary
        said_of = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert list(said_of["properties"]) == ["file", *(parameter.name for parameter in spec.parameters)]
        assert said_of["required"] == ["file", *(p.name for p in spec.parameters if p.required)]

    def field(tool: str, name: str) -> dict[str, Any]:
        content = schema["paths"][f"/tools/{tool}"]["post"]["requestBody"]["content"]["multipart/form-data"]
        return dict(content["schema"]["properties"][name], description="")

    assert field("gif", "width") == {"type": "integer", "minimum": 120, "maximum": 800, "description": ""}
    assert field("rotate-video", "rotation") == {"type": "integer", "enum": [90, 180, 270], "description": ""}
    assert len(app.dialect().endpoints) == len(limits.endpoints(())) + 15
