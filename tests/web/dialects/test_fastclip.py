"""FastClip's calls, as the contract describes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from cutroom.model.clip import Format
from cutroom.web.dialects.fastclip.app import dialect
from cutroom.web.dialects.fastclip.limits import ENDPOINTS
from tests.support.site import FILM, Backstage, Hands
from tests.web.conftest import API, Visitor

pytestmark = pytest.mark.slow

GOOD = {"url": FILM, "start": 30, "end": 90, "format": "mp4", "quality": "1080p"}


def accepted(visitor: Visitor, **changes: Any) -> str:
    answer = visitor("POST", "/clip", json={**GOOD, **changes})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"job_id", "status"}
    return str(answer.json()["job_id"])


def test_info_needs_no_key_and_has_its_six_keys(site: TestClient) -> None:
    answer = site.post(f"{API}/clip/info", json={"url": FILM})
    assert answer.json() == {
        "title": "A <Film> & more",
        "duration": 3600.0,
        "thumbnail": None,
        "preview_url": FILM,
        "preview_embed_url": None,
        "max_height": 1080,
    }


def test_a_cut_from_order_to_file(visitor: Visitor, behind: Backstage) -> None:
    job_id = accepted(visitor)
    assert re.fullmatch("[a-z0-9]{16}", job_id)
    assert visitor("GET", "/balance").json() == {"balance": 4.9}
    pending = visitor("GET", f"/clip/{job_id}").json()
    assert pending == {
        "job_id": job_id, "status": "pending", "progress": 0, "status_message": "Waiting for a worker"
    }  # fmt: skip
    with behind.services.database.write() as tx:
        behind.services.jobs.start(tx, job_id, "worker")
    for step, fraction, percent in [("downloading", 0.29, 29), ("processing", 0.5, 50), ("uploading", 0.999, 99)]:
        with behind.services.database.write() as tx:
            behind.services.jobs.progress(tx, job_id, step, fraction)
        now = visitor("GET", f"/clip/{job_id}").json()
        assert (now["status"], now["progress"]) == (step, percent)
        assert "download_url" not in now
    behind.finish(visitor.account, job_id)
    done = visitor("GET", f"/clip/{job_id}").json()
    assert set(done) == {
        "job_id", "status", "progress", "status_message", "download_url", "file_name", "cost", "share_url", "expires_at"
    }  # fmt: skip
    assert (done["status"], done["progress"], done["status_message"]) == ("complete", 100, "Done!")
    assert (done["file_name"], done["cost"], done["share_url"]) == ("clip_0-30-1-30.mp4", 0.1, f"/c/{job_id}")
    assert done["expires_at"].endswith("+00:00")
    file = visitor.client.get(done["download_url"])
    assert file.status_code == 200
    assert file.headers["content-disposition"] == 'attachment; filename="clip_0-30-1-30.mp4"'


def test_a_failed_job_says_why_and_gives_the_money_back(visitor: Visitor, behind: Backstage) -> None:
    job_id = accepted(visitor)
    with behind.services.database.write() as tx:
        behind.services.jobs.fail(tx, job_id, "no_audio", "The source has no sound.")
        behind.services.wallet.release(tx, job_id)
    failed = visitor("GET", f"/clip/{job_id}").json()
    assert (failed["status"], failed["error"]) == ("failed", "The source has no sound.")
    assert "cost" not in failed
    assert visitor("GET", "/balance").json() == {"balance": 5.0}


def test_the_clip_of_another_account_is_not_there(visitor: Visitor, behind: Backstage, site: TestClient) -> None:
    job_id = accepted(visitor)
    behind.finish(visitor.account, job_id)
    account, key = behind.account()
    stranger = Visitor(site, account, key)
    for method, path in [("GET", "/clip"), ("GET", "/clips"), ("DELETE", "/clips")]:
        answer, unknown = stranger(method, f"{path}/{job_id}"), stranger(method, f"{path}/0000000000000000")
        assert (answer.status_code, answer.json()) == (404, unknown.json())
    assert stranger("GET", "/clips").json()["total_items"] == 0


def test_the_list_is_in_pages_most_recent_first(visitor: Visitor, behind: Backstage) -> None:
    ids = [behind.clip(visitor.account, name=f"Clip {n}").id for n in range(3)]
    first = visitor("GET", "/clips?page=1&per_page=2").json()
    assert [clip["id"] for clip in first["clips"]] == [ids[2], ids[1]]
    assert {name: first[name] for name in ("page", "per_page", "total_items", "total_pages")} == {
        "page": 1, "per_page": 2, "total_items": 3, "total_pages": 2
    }  # fmt: skip
    assert visitor("GET", "/clips?page=9").json()["clips"] == []
    assert visitor("GET", "/clips").json()["per_page"] == 20


def test_an_item_has_the_documents_keys(visitor: Visitor, behind: Backstage) -> None:
    clip = behind.clip(visitor.account)
    item = visitor("GET", f"/clips/{clip.id}").json()
    assert set(item) == {
        "id", "name", "format", "quality", "duration", "file_size", "pinned", "expires_at", "hours_left",
        "download_url", "share_url", "aspect_ratio", "source_title", "created",
    }  # fmt: skip
    assert (item["quality"], item["aspect_ratio"], item["duration"], item["file_size"]) == ("360p", "16:9", 60.0, 1000)
    assert item["hours_left"] == 24.0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["created"])
    assert visitor("GET", "/clips").json()["clips"][0].keys() == item.keys()


def test_sound_has_no_height(visitor: Visitor, behind: Backstage) -> None:
    clip = behind.clip(visitor.account, format=Format.MP3, width=None, height=None, media_type="audio/mpeg")
    item = visitor("GET", f"/clips/{clip.id}").json()
    assert (item["quality"], item["aspect_ratio"], item["format"]) == (None, None, "mp3")


@pytest.mark.parametrize("base", ["/clips", "/clip"])
def test_rename_pin_unpin_delete_on_both_paths(visitor: Visitor, behind: Backstage, base: str, clock: Hands) -> None:
    clip = behind.clip(visitor.account)
    renamed = visitor("PATCH", f"{base}/{clip.id}", json={"name": "Final Intro Cut"})
    assert renamed.json() == {"id": clip.id, "name": "Final Intro Cut"}
    for _ in range(2):
        assert visitor("POST", f"{base}/{clip.id}/pin").json() == {"id": clip.id, "pinned": True}
    item = visitor("GET", f"/clips/{clip.id}").json()
    assert (item["pinned"], item["expires_at"], item["hours_left"]) == (True, None, None)
    clock.ahead = 7200
    unpinned = visitor("POST", f"{base}/{clip.id}/unpin").json()
    assert (unpinned["id"], unpinned["pinned"]) == (clip.id, False)
    ahead = datetime.fromisoformat(unpinned["expires_at"]) - datetime.now(UTC)
    assert ahead == pytest.approx(timedelta(hours=26), abs=timedelta(seconds=60))
    assert visitor("DELETE", f"{base}/{clip.id}/pin").json() == unpinned
    share = visitor.client.get(f"{API}/share/{clip.id}").json()
    deleted = visitor("DELETE", f"{base}/{clip.id}").json()
    assert deleted == {"id": clip.id, "deleted": True, "storage_freed": 1000}
    assert visitor("GET", f"/clips/{clip.id}").status_code == 404
    for gone in (f"{API}/share/{clip.id}", f"/c/{clip.id}", share["download_url"], share["stream_url"]):
        assert visitor.client.get(gone).status_code == 404


def test_an_expired_clip_is_404_everywhere(visitor: Visitor, behind: Backstage, clock: Hands) -> None:
    job_id = accepted(visitor)
    behind.finish(visitor.account, job_id)
    links = visitor.client.get(f"{API}/share/{job_id}").json()
    clock.ahead = 24 * 3600 + 5
    for path in (f"/clip/{job_id}", f"/clips/{job_id}", f"/share/{job_id}"):
        assert visitor("GET", path).status_code == 404
    for gone in (f"/c/{job_id}", links["download_url"], links["stream_url"]):
        assert visitor.client.get(gone).status_code == 404


def test_more_pins_than_the_quota_holds_are_409(visitor: Visitor, behind: Backstage) -> None:
    clip = behind.clip(visitor.account, file_size=(1 << 30) + 1)
    full = visitor("POST", f"/clips/{clip.id}/pin")
    assert (full.status_code, full.json()) == (409, {"detail": "Storage quota full"})
    bought = visitor("POST", "/storage/purchase", json={"gb": 2}).json()
    assert bought == {"success": True, "gb": 2, "quota_bytes": 3 << 30, "cost": 2.0, "balance": 3.0}
    assert visitor("POST", f"/clips/{clip.id}/pin").status_code == 200
    assert visitor("GET", "/storage").json() == {
        "used_bytes": (1 << 30) + 1, "quota_bytes": 3 << 30, "available_bytes": (2 << 30) - 1, "pinned_clips": 1,
        "purchased_gb": 2, "price_per_gb": 1.0,
    }  # fmt: skip


def test_an_empty_wallet_is_402(visitor: Visitor) -> None:
    assert visitor("POST", "/storage/purchase", json={"gb": 5}).json()["balance"] == 0.0
    for answer in (visitor("POST", "/clip", json=GOOD), visitor("POST", "/storage/purchase", json={"gb": 1})):
        assert (answer.status_code, answer.json()) == (402, {"detail": "Insufficient balance"})


def test_reloads(visitor: Visitor, session: Visitor, behind: Backstage) -> None:
    off = visitor("POST", "/reload", json={"amount": 2500})
    assert (off.status_code, off.json()) == (403, {"detail": "API Reload is not enabled"})
    assert visitor("GET", "/cards").json() == {"cards": []}
    assert session("PATCH", "/settings", json={"api_reload_enabled": True}).json()["api_reload_enabled"] is True
    assert visitor("POST", "/reload", json={"amount": 2500}).status_code == 400
    card = session("POST", "/cards", json={"token": "tok_visa"}).json()
    assert set(card) == {"id", "brand", "last4", "exp_month", "exp_year"}
    assert visitor("GET", "/cards").json() == {"cards": [card]}
    done = visitor("POST", "/reload", json={"amount": 2500}).json()
    assert done.pop("payment_intent_id").startswith("pi_")
    assert done == {"success": True, "amount": 2500, "balance": 30.0}
    session("PATCH", "/settings", json={"reload_password": "open sesame"})
    for wrong in ({}, {"reload_password": "other"}, {"reload_password": None}):
        assert visitor("POST", "/reload", json={"amount": 2500, **wrong}).status_code == 403
    assert visitor("POST", "/reload", json={"amount": 500, "reload_password": "open sesame"}).json()["balance"] == 35.0
    assert session("DELETE", f"/cards/{card['id']}").json() == {"id": card["id"], "deleted": True}


def test_a_declined_card_is_402(visitor: Visitor, session: Visitor) -> None:
    session("PATCH", "/settings", json={"api_reload_enabled": True})
    assert session("POST", "/cards", json={"token": "tok_declined"}).status_code == 200
    assert visitor("POST", "/reload", json={"amount": 2500}).status_code == 402
    assert visitor("GET", "/balance").json() == {"balance": 5.0}


def test_settings_are_for_sessions_and_never_show_the_password(visitor: Visitor, session: Visitor) -> None:
    for method, path in [("GET", "/settings"), ("PATCH", "/settings"), ("POST", "/cards"), ("DELETE", "/cards/x")]:
        assert visitor(method, path, json={} if method != "GET" else None).status_code == 403
    assert session("GET", "/settings").json() == {
        "api_reload_enabled": False,
        "reload_email_confirmation": False,
        "has_reload_password": False,
        "auto_reload": {"enabled": False, "threshold": 0, "amount": 0},
    }
    wanted = {"enabled": True, "threshold": 200, "amount": 1000}
    assert session("PATCH", "/settings", json={"auto_reload": wanted}).json()["auto_reload"] == wanted
    changed = session("PATCH", "/settings", json={"auto_reload": {"enabled": False}, "reload_password": "secret one"})
    assert changed.json()["auto_reload"] == {**wanted, "enabled": False}
    assert changed.json()["has_reload_password"] is True
    assert "secret one" not in changed.text


def test_a_share_shows_nothing_of_its_owner(visitor: Visitor, behind: Backstage, site: TestClient) -> None:
    clip = behind.clip(visitor.account)
    share = site.get(f"{API}/share/{clip.id}")
    assert set(share.json()) == {
        "id", "name", "format", "duration", "stream_url", "download_url", "thumbnail_url", "aspect_ratio",
        "source_title", "created", "expires_at",
    }  # fmt: skip
    assert visitor.account.id not in share.text
    assert visitor.account.email not in share.text
    head = site.head(f"{API}/share/{clip.id}")
    assert head.status_code == 200


def test_the_schema_describes_every_call(site: TestClient) -> None:
    schema = site.get(f"{API}/openapi.json").json()
    described = {(method.upper(), path) for path, calls in schema["paths"].items() for method in calls}
    listed = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS if endpoint.path != "/openapi.json"}
    assert described == listed
    assert schema["servers"] == [{"url": API}]
    for path, calls in schema["paths"].items():
        for method, call in calls.items():
            assert "422" not in call["responses"], (method, path)
            error = call["responses"]["4XX"]["content"]["application/json"]["schema"]
            assert error == {"$ref": "#/components/schemas/ErrorReply"}
    names = [call["operationId"] for calls in schema["paths"].values() for call in calls.values()]
    assert len(names) == len(set(names))


def test_every_field_that_is_sent_has_a_rule(behind: Backstage, site: TestClient) -> None:
    schemas = site.get(f"{API}/openapi.json").json()["components"]["schemas"]
    fields = {name for key, schema in schemas.items() if key.endswith("Body") for name in schema["properties"]}
    assert fields <= set(dialect(behind.services).hints)


def test_the_reference_names_every_call_price_and_limit(site: TestClient) -> None:
    answer = site.get("/llm")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    text = answer.text
    for endpoint in ENDPOINTS:
        assert f"{endpoint.method} {endpoint.path}" in text
    for fact in (
        "http://testserver/fastclip/v1",
        "$0.10",
        "$1.00 per GB",
        "$5.00",
        "600 s",
        "60 in 60 s",
        "20 in 3600 s",
    ):
        assert fact in text
    assert site.get("/fastclip/llm").text == text
    assert site.head("/llm").status_code == 200
