"""``/llm``: the whole surface in plain text for programs that read, made of the tables that are enforced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cutroom.actions import windows
from cutroom.actions.service import Rate, Service
from cutroom.kernel.money import Money
from cutroom.web.dialects.fastclip import limits
from cutroom.web.dialects.fastclip.errors import SENTENCES, STATUS, UNAUTHENTICATED
from cutroom.web.http.dialect import Access, Counts, Endpoint

_ACCESS = {
    Access.ANYONE: "no credentials",
    Access.CALLER: "key or session token",
    Access.SESSION: "session token only",
}
_COUNTS = {Counts.REQUESTS: "", Counts.JOBS: ", counts as a clip job", Counts.RELOADS: ", counts as a reload"}
_EXAMPLES = (
    (
        "POST /clip/info",
        '{"url": "https://example.com/film.mp4"}',
        '{"title": "film", "duration": 3600.5, "preview_url": "https://example.com/film.mp4", "max_height": 1080, ...}',
    ),
    (
        "POST /clip",
        '{"url": "https://example.com/film.mp4", "start": 120, "end": 180, "format": "mp4", "quality": "1080p"}',
        '{"job_id": "a1b2c3d4e5f6g7h8", "status": "pending"}',
    ),
    (
        "GET /clip/a1b2c3d4e5f6g7h8",
        "",
        """{"job_id": "a1b2c3d4e5f6g7h8", "status": "complete", "progress": 100, "status_message": "Done!",
        "download_url": "https://...", "file_name": "clip_2-00-3-00.mp4", "cost": 0.1,
        "share_url": "/c/a1b2c3d4e5f6g7h8", "expires_at": "2026-03-31T12:00:00+00:00"}""",
    ),
    ("POST /reload", '{"amount": 2500}', '{"success": true, "payment_intent_id": "pi_...", "amount": 2500, ...}'),
    ("POST /storage/purchase", '{"gb": 5}', '{"success": true, "gb": 5, "quota_bytes": ..., "cost": 5.0, ...}'),
)


def text(services: Service, base: str) -> str:
    """The reference. ``base`` is the base URL of the calls, without a slash at the end."""
    parts = [_head(base), _calls(), _fields(services), _jobs(), _prices(services), _rules(services), _errors()]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(base: str) -> Iterator[str]:
    yield "# FastClip on Cutroom"
    yield f"Base URL: {base}"
    yield "Credentials: `Authorization: Bearer <key>` or `X-Api-Key: <key>`. Bodies and replies are JSON."
    yield "Any POST may carry `Idempotency-Key` (1 to 255 characters): sent again within 24 h it gives the first reply."
    for call, sent, got in _EXAMPLES:
        yield f"\n{call}" + (f"\n  send {sent}" if sent else "") + f"\n  get  {got}"


def _calls() -> Iterator[str]:
    yield "## Calls"
    for endpoint in limits.ENDPOINTS:
        yield f"- {_line(endpoint)}"


def _line(endpoint: Endpoint) -> str:
    also = f" Also {', '.join(endpoint.aliases)}." if endpoint.aliases else ""
    terms = f"({_ACCESS[endpoint.access]}{_COUNTS[endpoint.counts]})"
    return f"{endpoint.method} {endpoint.path} {terms}: {endpoint.summary}{also}"


def _fields(services: Service) -> Iterator[str]:
    yield "## Fields"
    yield "Types are strict; unknown fields are ignored; null means absent for what is optional."
    for name, rule in limits.rules(services).items():
        yield f"- {name}: {rule}"
    yield "high is 1080p, medium is 720p. Pictures are never scaled up. Defaults: format mp4, quality 1080p."
    yield "mp4 is H.264 with AAC, mp3 has 192 kbit/s, gif has 15 frames per second and at most 640 pixels across."


def _jobs() -> Iterator[str]:
    yield "## Jobs"
    yield "GET /clip/{job_id} until status is complete or failed:"
    yield "pending -> downloading -> processing -> uploading -> complete; any -> failed, with `error`."
    yield "The id of a job is the id of its clip. Links are signed, and fresh on each call."


def _prices(services: Service) -> Iterator[str]:
    prices, wallet = services.prices, services.wallet
    yield "## Prices"
    yield f"- Clip: {_usd(wallet.price(prices.cut))}, reserved at once, charged when complete, given back when failed"
    yield f"- Room for pinned clips: {_usd(wallet.price(prices.storage_per_gb))} per GB, once"
    yield f"- Reload: {_usd(prices.reload_least)} to {_usd(prices.reload_most)}"
    yield f"- New accounts start with {_usd(prices.signup_credit)}"
    yield "- Auto-clipping and analysis: not available on this server yet, nothing is charged"


def _rules(services: Service) -> Iterator[str]:
    cuts, rates = services.config.cuts, windows.documented(services, limits.NAME)
    yield "## Limits and policies"
    yield f"- A clip lasts at most {cuts.longest} s, a gif {cuts.longest_gif} s, a source {cuts.longest_source} s"
    yield f"- Requests per key: {_rates(rates['per_key'])}"
    yield f"- Clip jobs per account: {_rates(rates['jobs'])}; refused ones do not count"
    yield f"- Reloads per account: {_rates(rates['reloads'])}"
    yield f"- Requests without credentials, per address: {_rates(rates['per_address'])}"
    yield "- Headers: X-RateLimit-Remaining, X-RateLimit-Reset (unix seconds); Retry-After (s) with 429"
    yield f"- A request body has at most {services.config.limits.body_bytes} bytes"
    yield "- A clip expires after 24 hours unless pinned; pinned clips count against the storage quota (1 GB free)"
    yield "- Expired, deleted, unknown and other people's clips answer 404 alike"
    yield "- Sources: http and https links to a film or sound, or to a page with one; private networks are refused"
    yield "- A file of your own: POST it to /cutroom/v1/uploads (same key), then give the `source` of the reply as url"


def _errors() -> Iterator[str]:
    yield "## Errors"
    yield 'Always {"detail": "<sentence>"}.'
    by_status: dict[int, list[str]] = {}
    for code, status in STATUS.items():
        by_status.setdefault(status, []).append(code.value)
    for status, codes in sorted(by_status.items()):
        yield f"- {status}: {', '.join(codes)}"
    yield f"Fixed sentences: {UNAUTHENTICATED}; {'; '.join(SENTENCES.values())}"


def _usd(amount: Money) -> str:
    return f"${amount}"


def _rates(rates: Sequence[Rate]) -> str:
    return " and ".join(f"{rate.limit} in {rate.seconds} s" for rate in rates) or "no limit"
