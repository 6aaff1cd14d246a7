"""Images through the media child: nothing is opened here, memory stays bounded, a cancel is obeyed, nothing is left."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.media.child import MediaChild, TaskLimits
from cutroom.media.images import look
from cutroom.media.toolbox import Toolbox
from cutroom.media.tools import TOOLS
from cutroom.model.image import ImageFacts
from cutroom.model.tool import ToolResult, parse
from tests.media.drawn import detailed, drawn, save, tiny_gif

pytestmark = pytest.mark.slow

ORDERS = (("image-converter", {"outputFormat": "webp"}), ("resize-image", {"width": "40", "height": "30"}),
          ("compress-image", {"quality": "50"}))  # fmt: skip


@pytest.fixture(scope="module")
def toolbox() -> Iterator[Toolbox]:
    with Toolbox() as toolbox:
        yield toolbox


def run(
    toolbox: Toolbox, tool: str, given: dict[str, str], source: Path, folder: Path, cancel: CancelToken | None = None
) -> ToolResult:
    values = parse(TOOLS[tool].spec, given.items())
    facts = toolbox.look(source, tool=tool)
    toolbox.check(tool, values, facts)
    return toolbox.run(tool, values, source, folder, facts=facts, cancel=cancel)


@pytest.mark.parametrize(("tool", "given"), ORDERS)
@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "gif", "bmp", "tiff"])
def test_each_tool_on_each_kind(toolbox: Toolbox, tmp_path: Path, tool: str, given: dict[str, str], kind: str) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    result = run(toolbox, tool, given, save(drawn(), tmp_path / f"a.{kind}"), folder)
    assert list(folder.iterdir()) == [result.path]
    with Image.open(result.path) as image:
        assert image.size == (result.width, result.height) == ((40, 30) if tool == "resize-image" else (120, 80))
        assert image.get_format_mimetype() == result.media_type
    assert result.size == result.path.stat().st_size
    assert (result.frames, result.duration, result.audio_codecs) == (1, None, ())
    assert result.extension == ("webp" if tool == "image-converter" else kind)


@pytest.mark.parametrize(("tool", "given"), ORDERS)
def test_what_is_no_image_is_refused_before_anything(
    toolbox: Toolbox, tmp_path: Path, tool: str, given: dict[str, str]
) -> None:
    (tmp_path / "a.png").write_text("To whom it may concern. " * 40)
    with pytest.raises(CutroomError) as caught:
        run(toolbox, tool, given, tmp_path / "a.png", tmp_path)
    assert (caught.value.code, caught.value.message) == (
        ErrorCode.NOT_MEDIA, "The file is a text file, not an image."
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_moving_gif_is_an_image_to_image_tools(toolbox: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(tiny_gif(3))
    assert isinstance(toolbox.look(tmp_path / "a.gif", tool="resize-image"), ImageFacts)
    assert not isinstance(toolbox.look(tmp_path / "a.gif", tool="convert"), ImageFacts)


def test_a_bomb_is_refused_by_check(toolbox: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(tiny_gif(4000))
    values = parse(TOOLS["resize-image"].spec, {"width": "7680", "height": "4320"}.items())
    facts = toolbox.look(tmp_path / "a.gif", tool="resize-image")
    with pytest.raises(CutroomError) as caught:
        toolbox.check("resize-image", values, facts)
    assert caught.value.code is ErrorCode.MEDIA_TOO_COSTLY


def test_a_cancel_is_obeyed_at_once_and_leaves_nothing(toolbox: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(tiny_gif(5000))
    folder = tmp_path / "results"
    folder.mkdir()
    cancel, asked = CancelToken(), [0.0]

    def stop() -> None:
        asked[0] = time.monotonic()
        cancel.cancel()

    timer = threading.Timer(0.7, stop)
    timer.start()
    with pytest.raises(Cancelled):
        run(toolbox, "resize-image", {"width": "600", "height": "600"}, tmp_path / "a.gif", folder, cancel)
    assert time.monotonic() - asked[0] < 1
    assert list(folder.iterdir()) == []
    timer.join()


def test_progress_is_told_and_never_falls(toolbox: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(tiny_gif(500))
    told: list[Progress] = []
    values = parse(TOOLS["resize-image"].spec, {"width": "200", "height": "200"}.items())
    toolbox.run("resize-image", values, tmp_path / "a.gif", tmp_path, on_progress=told.append)
    fractions = [p.fraction for p in told if p.stage == "processing" and p.fraction is not None]
    assert fractions == sorted(fractions)
    assert len({*fractions}) > 2
    assert 0 < max(fractions) <= 1


def test_a_worker_that_is_short_of_memory_says_so(tmp_path: Path) -> None:
    """Where the limit strikes, the answer is a sentence, and the warm process lives on."""
    path = save(drawn(4000, 3000), tmp_path / "a.png")
    params = {
        "path": str(path),
        "target": str(tmp_path / "b.webp"),
        "format": "webp",
        "size": [4000, 3000],
        "quality": None,
    }
    with MediaChild() as child:
        with pytest.raises(CutroomError) as caught:
            child.call("image", params, limits=TaskLimits(memory=180 << 20))
        assert caught.value.code is ErrorCode.LIMIT_EXCEEDED
        assert look(child, path).display_size == (4000, 3000)


MEASURED = """
import io, json, sys
from pathlib import Path
from cutroom.media.inside.conversation import Conversation
from cutroom.media.inside.images import make_image, preload

def status(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) / 1024

preload()
order = json.loads(sys.argv[1])
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS:")
make_image(order, Conversation(io.BytesIO(), io.BytesIO()))
print(status("VmHWM:") - before)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of 24 million pixels."""
    path = tmp_path_factory.mktemp("large") / "a.jpg"
    tile = detailed(500, 500)
    photo = Image.new("RGB", (6000, 4000))
    for at in range(96):
        photo.paste(tile, (at % 12 * 500, at // 12 * 500))
    photo.save(path, quality=90)
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize(
    ("kind", "size", "quality", "most"),
    [("jpg", (1280, 853), None, 60), ("jpg", (6000, 4000), 75, 260)],
)
def test_memory_of_24_megapixels(
    large: Path, tmp_path: Path, kind: str, size: tuple[int, int], quality: int | None, most: int
) -> None:
    """In MB over the process that stands ready. Shrinking never has the whole picture in memory."""
    order = {
        "path": str(large), "target": str(tmp_path / f"b.{kind}"), "format": kind, "size": size, "quality": quality
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(order)], check=True, capture_output=True, text=True
    )
    assert float(done.stdout) < most
    with Image.open(tmp_path / f"b.{kind}") as image:
        assert image.size == size
