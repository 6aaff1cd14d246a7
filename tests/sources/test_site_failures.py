"""yt-dlp's words, as its extractors write them, sorted into causes."""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from cutroom.kernel.errors import ErrorCode
from cutroom.sources.site_failures import classify

E = ErrorCode
WORDS = {
    E.SOURCE_BOT_CHECK: [
        "[youtube] dQw4w9WgXcQ: Sign in to confirm you\u2019re not a bot. Use --cookies-from-browser or --cookies",
        "Got HTTP Error 403 caused by Cloudflare anti-bot challenge; try again with  --extractor-args",
        "[x] Please solve the captcha to continue",
    ],
    E.SOURCE_PRIVATE: [
        "[youtube] abc: Private video. Sign in if you've been granted access to this video. Use --cookies",
        "[youtube] abc: Join this channel to get access to members-only content like this video",
        "[youtube] abc: Sign in to confirm your age. This video may be inappropriate for some users.",
        "This video is only available for registered users. Use --cookies-from-browser",
        "This video is for premium members only", "This video is only available for subscribers",
        "You need to log in to access this content", "Password protected video, use --video-password <password>",
        "You do not have access to this post", "Video is private", "This account is private",
        "Unable to download webpage: HTTP Error 401: Unauthorized", "This video requires a subscription",
        "Unable to download JSON metadata: HTTP Error 403: Forbidden (caused by <HTTPError 403: Forbidden>)",
        "You are not authorized to view this protected tweet", "This video is paid, subscribe to download it",
    ],
    E.SOURCE_GEO_BLOCKED: [
        "This video is not available from your location due to geo restriction",
        "[youtube] abc: The uploader has not made this video available in your country",
        "This video is geo-restricted", "Unable to download webpage: HTTP Error 451: Unavailable For Legal Reasons",
        "Video is not available in your region", "The content is geo-blocked",
    ],
    E.SOURCE_DRM: ["This video is DRM protected", "[x] 12: This video is DRM protected and only images are available",
                   "The video is protected by Widevine"],
    E.SOURCE_LIVE: [
        "[youtube] abc: This live event will begin in 3 hours.", "The channel is not currently live",
        "This livestream has not yet started", "Premieres in 2 days", "User is offline",
        "This live event is scheduled for tomorrow", "Twitter Space ended but not downloadable yet",
    ],
    E.SOURCE_UNSUPPORTED: ["Unsupported URL: https://example.com/", "'not a url' is not a valid URL",
                           "Unable to extract data; please report this issue on https://example.invalid"],
    E.SOURCE_NO_MEDIA: [
        "No video formats found!", "No video could be found in this tweet", "There is no video in this post",
        "This article does not have a video.", "No media found", "No video/audio found at the provided url.",
        "Requested format is not available. Use --list-formats for a list of available formats",
    ],
    E.SOURCE_NOT_FOUND: [
        "[youtube] abc: Video unavailable",
        "[youtube] abc: Video unavailable. This video has been removed by the uploader",
        "[youtube] abc: This video is no longer available because the YouTube account has been terminated.",
        "Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404: Not Found>)",
        "This content is no longer available", "Video was deleted", "Channel not found",
        "[youtube:truncated_id] abc: Incomplete YouTube ID abc. URL https://x looks truncated.",
    ],
    E.SOURCE_UNREACHABLE: [
        "Unable to download webpage: HTTP Error 429: Too Many Requests",
        "Unable to download API page: HTTP Error 503: Service Unavailable",
        "Unable to download webpage: timed out (caused by TransportError('timed out'))",
        "('Unable to connect to proxy', OSError('Tunnel connection failed: 502 Cutroom could not resolve the host'))",
        "Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "1024 bytes read, 2048 more expected",
    ],
    E.SOURCE_REFUSED_ADDRESS: [
        "Unable to download webpage: HTTP Error 403: Cutroom refused the address",
        "('Unable to connect to proxy', OSError('Tunnel connection failed: 403 Cutroom refused the address'))",
    ],
}  # fmt: skip
PAIRS = [(code, text) for code, texts in WORDS.items() for text in texts]


@pytest.mark.parametrize(("code", "text"), PAIRS, ids=[f"{n} {text[:50]}" for n, (_, text) in enumerate(PAIRS)])
def test_words_become_codes_with_a_next_step(code: ErrorCode, text: str) -> None:
    error = classify(text)
    assert error.code is code
    assert error.next_step
    assert error.message.endswith(".")
    assert "yt-dlp" not in error.message
    assert error.detail == text


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("GeoRestrictedError", E.SOURCE_GEO_BLOCKED),
        ("UserNotLive", E.SOURCE_LIVE),
        ("UnsupportedError", E.SOURCE_UNSUPPORTED),
    ],
)
def test_the_kind_of_exception_counts_more_than_its_words(kind: str, code: ErrorCode) -> None:
    assert classify("something in another language", ["DownloadError", kind]).code is code
    assert classify("403 Cutroom refused the address", [kind]).code is E.SOURCE_REFUSED_ADDRESS


def installed_words() -> list[tuple[str, str]]:
    """The calls with which the installed extractors give up, with the helper that says what they mean."""
    spec = find_spec("yt_dlp")
    assert spec is not None
    assert spec.origin is not None
    call = re.compile(r"raise_(login_required|geo_restricted|no_formats)\(\s*'([^'{}\\]{12,200})'")
    folder = Path(spec.origin).parent / "extractor"
    return [found for file in sorted(folder.rglob("*.py")) for found in call.findall(file.read_text("utf-8"))]


def test_what_the_installed_extractors_say_is_understood() -> None:
    """Those that ask for a login are the check: their helper states the cause, our table has only the words."""
    words = installed_words()
    logins = [classify(text).code for kind, text in words if kind == "login_required"]
    assert len(logins) > 20
    assert Counter(logins)[E.SOURCE_PRIVATE] / len(logins) > 0.9
    vague = [
        text for _, text in words if "known" in classify(text).message and classify(text).code is E.SOURCE_UNSUPPORTED
    ]
    assert len(vague) / len(words) < 0.15, vague
