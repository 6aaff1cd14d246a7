"""Uploads as sources: for their account alone, as long as they are there, and held in place while in use."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.model.library import NewUpload, Upload
from cutroom.storage import Store, StoreConfig
from cutroom.storage.keys import digest_of, upload_key
from cutroom.workflows import Workbench
from cutroom.workflows.opening import open_source
from tests.support.work import Yard

pytestmark = pytest.mark.slow


class Elsewhere(Store):
    """A folder that behaves as if it were on another machine."""

    def local_path(self, key: str) -> Path | None:
        return None


@pytest.fixture
def upload(yard: Yard, bench: Workbench, film: Path) -> Upload:
    digest, upload_id = digest_of(film), f"up_{new_id()}"
    key = upload_key(upload_id, digest, "mp4")
    size = bench.store.put(key, film, media_type="video/mp4", file_name="My film.mp4")
    new = NewUpload(
        id=upload_id, account_id=yard.account.id, name="My film.mp4", size=size, digest=digest, file_key=key,
        media_type="video/mp4",
    )  # fmt: skip
    with yard.database.write() as tx:
        return bench.uploads.add(tx, new)


def opened(bench: Workbench, account_id: str, upload_id: str, workdir: Path) -> tuple[Path, str | None]:
    with open_source(bench, account_id, f"upload:{upload_id}", CancelToken()) as source:
        found = source.open(None, workdir=workdir)
        assert isinstance(found.video, Path)
        assert found.video.is_file()
        return found.video, found.title


def refusal(bench: Workbench, account_id: str, upload_id: str, workdir: Path) -> ErrorCode:
    with pytest.raises(CutroomError) as caught:
        opened(bench, account_id, upload_id, workdir)
    return caught.value.code


def test_an_upload_is_opened_under_its_name_without_a_second_copy(
    bench: Workbench, upload: Upload, film: Path, tmp_path: Path
) -> None:
    path, title = opened(bench, upload.account_id, upload.id, tmp_path)
    stored = bench.store.local_path(upload.file_key)
    assert stored is not None
    assert title == "My film"
    assert path.read_bytes() == film.read_bytes()
    assert path.samefile(stored)
    assert opened(bench, upload.account_id, upload.id, tmp_path)[0] == path


def test_from_another_machine_it_is_fetched_once(
    yard: Yard, bench: Workbench, upload: Upload, film: Path, tmp_path: Path
) -> None:
    store = Elsewhere(StoreConfig(url=(yard.root / "store").as_uri(), secret="a secret of the tests"))
    far = replace(bench, store=store)
    path, _ = opened(far, upload.account_id, upload.id, tmp_path)
    assert path.read_bytes() == film.read_bytes()
    store.delete(upload.file_key)
    assert opened(far, upload.account_id, upload.id, tmp_path)[0] == path


def test_nobody_else_has_it(bench: Workbench, upload: Upload, tmp_path: Path) -> None:
    opened(bench, upload.account_id, upload.id, tmp_path)  # it is kept now
    for account_id, upload_id in ((new_id(), upload.id), (upload.account_id, "up_unknown"), (upload.account_id, "")):
        assert refusal(bench, account_id, upload_id, tmp_path) is ErrorCode.SOURCE_NOT_FOUND


def test_what_was_deleted_is_over_also_where_it_is_kept(
    yard: Yard, bench: Workbench, upload: Upload, tmp_path: Path
) -> None:
    opened(bench, upload.account_id, upload.id, tmp_path)
    with yard.database.write() as tx:
        bench.uploads.delete(tx, upload.account_id, upload.id)
    assert refusal(bench, upload.account_id, upload.id, tmp_path) is ErrorCode.SOURCE_NOT_FOUND


def test_a_file_that_the_store_has_lost_is_told_as_such(bench: Workbench, upload: Upload, tmp_path: Path) -> None:
    bench.store.delete(upload.file_key)
    assert refusal(bench, upload.account_id, upload.id, tmp_path) is ErrorCode.SOURCE_NOT_FOUND


def test_what_is_deleted_while_it_is_cut_can_be_read_to_the_end(
    yard: Yard, bench: Workbench, upload: Upload, film: Path, tmp_path: Path
) -> None:
    with open_source(bench, upload.account_id, f"upload:{upload.id}", CancelToken()) as source:
        found = source.open(None, workdir=tmp_path)
        with yard.database.write() as tx:
            bench.uploads.delete(tx, upload.account_id, upload.id)
        bench.store.delete(upload.file_key)
        assert isinstance(found.video, Path)
        assert found.video.read_bytes() == film.read_bytes()
