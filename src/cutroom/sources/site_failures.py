"""Why a site gave nothing: yt-dlp's words sorted into our codes, each with the next step. A pure, ordered table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cutroom.kernel.errors import CutroomError, ErrorCode


@dataclass(frozen=True, slots=True)
class _Rule:
    code: ErrorCode
    message: str
    next_step: str
    pattern: re.Pattern[str]


def _rule(code: ErrorCode, message: str, next_step: str, *patterns: str) -> _Rule:
    return _Rule(code, message, next_step, re.compile("|".join(patterns), re.IGNORECASE))


# The first that fits wins: the narrow ones stand before the wide ones.
_RULES = (
    _rule(
        ErrorCode.SOURCE_REFUSED_ADDRESS,
        "The address of this link, or one it leads to, is not public.",
        "Use a link to a public server; the operator of this server can allow private networks.",
        r"Cutroom refused the address",
    ),
    _rule(
        ErrorCode.SOURCE_BOT_CHECK,
        "The site asks for a proof that a person is watching.",
        "Wait an hour and try again, give cookies of an account made for this, or give the file instead.",
        r"not a bot",
        r"\bcaptcha\b",
        r"confirm (that )?you('re| are) (a )?human",
        r"unusual traffic",
        r"cloudflare anti-?bot",
        r"anti-bot",
        r"are you a robot",
        r"blocked .*automated",
    ),
    _rule(
        ErrorCode.SOURCE_DRM,
        "The video is locked by copy protection (DRM).",
        "Use a source without copy protection.",
        r"\bDRM\b",
        r"widevine",
        r"playready",
        r"fairplay",
    ),
    _rule(
        ErrorCode.SOURCE_GEO_BLOCKED,
        "The site does not show this video where this machine is.",
        "Give the file instead, if you have the right to.",
        r"geo[- ]?(restrict|block|lock)",
        r"not (made )?(available|accessible|allowed) (in|from) (your|this) (country|location|region|area|territory)",
        r"available (only )?in your country",
        r"(your|this) (country|location|region)\b.*\b(not|blocked|unavailable|restricted)",
        r"blocked (it )?in your (country|region)",
        r"(only )?available (only )?(in|from) .{2,40} only", r"only available (in|from|to viewers in|to residents of) ",
        r"restricted (in|to) (certain|some|your) (countries|regions|country|region)",
        r"HTTP Error 451",
    ),
    _rule(
        ErrorCode.SOURCE_LIVE,
        "The link leads to a live stream, or to one that has not begun.",
        "Try again when the recording of it is complete.",
        r"live event will begin",
        r"not (currently )?live",
        r"(has|have) not (yet )?(started|begun)",
        r"not started yet",
        r"premieres? (in|will)",
        r"live(stream)?( event| broadcast)? (is )?(scheduled|upcoming|offline)",
        r"is offline",
        r"event will (begin|start)",
        r"will be available (after|in|on|at)",
        r"is (currently )?(a )?live\b",
        r"archive will be available",
        r"ended but not downloadable yet",
        r"\bupcoming\b",
    ),
    _rule(
        ErrorCode.SOURCE_PRIVATE,
        "The video is private, or only for members or signed-in viewers.",
        "Download it in your browser and give the file, or give cookies of an account that may see it.",
        r"private (video|playlist|account|post|channel|group|profile)",
        r"(video|post|content|account|playlist|media|profile|page|it|this) is (set to )?private",
        r"members?[- ]only",
        r"(for|to) (channel |paying |paid |our )?(members|subscribers|patrons)",
        r"\b(log|sign)(ged|ed)?[ -]?in(to)?\b",
        r"\blogin\b",
        r"premium (members|users|subscri|content|only)",
        r"\bpremium\b",
        r"subscri(be|ption|bers)",
        r"registered users",
        r"requires? (payment|purchase|a ticket|authenti|authori)",
        r"purchase",
        r"\brent(al|ed)?\b",
        r"pa(y|id)[- ]?wall",
        r"is paid",
        r"password",
        r"not authori[sz]ed",
        r"do(es)? not have access",
        r"VIP",
        r"age[- ](restrict|verif|gate|limit)",
        r"confirm your age",
        r"adult (content|verification)", r"older than \d+", r"permission", r"\baccount\b.{0,40}(required|needed)",
        r"cookies\b.{0,30}(required|needed)", r"is locked|contents? locked", r"unable to access this",
        r"use --cookies",
        r"need(s)? cookies",
        r"HTTP Error 401",
        r"access (is |was )?(denied|forbidden)",
        r"followers",
    ),
    _rule(
        ErrorCode.SOURCE_UNSUPPORTED,
        "No way is known to get a video out of this page.",
        "Look for a link to the video itself, or give the file instead.",
        r"Unsupported URL",
        r"is not a valid URL",
        r"Unsupported (url|site|manifest|page)",
        r"no suitable extractor",
        r"currently not supported",
        r"is not supported",
        r"piracy",
        r"site (is )?(no longer|not) supported",
    ),
    _rule(
        ErrorCode.SOURCE_NO_MEDIA,
        "There is no video and no sound on this page.",
        "Open the link in a browser and check that something plays there.",
        r"\bno (video|audio|media|videos|playable|supported|suitable|active|streams?|formats?|entries)\b",
        r"no .{0,30}(video|media|formats?) (was |were |could be |are |is )?(found|available)",
        r"not? (a|have a|contain(s)? (a|any)) videos?",
        r"does(n't| not) (have|contain) (a|any) (video|media)",
        r"requested format is not available",
        r"could not (find|extract) (suitable |any |a )?(video|formats)",
        r"contains no (video|media)",
        r"this is a (photo|picture|image|text)",
        r"only images are available",
    ),
    _rule(
        ErrorCode.SOURCE_UNREACHABLE,
        "The site has a problem of its own.",
        "Try again later, or give the file instead.",
        r"HTTP Error 5\d\d",
    ),
    _rule(
        ErrorCode.SOURCE_NOT_FOUND,
        "The video does not exist, or has been removed.",
        "Check the link; its owner may have taken it down.",
        r"HTTP Error (404|410)",
        r"(video|content|page|post|media|clip|tweet|item|file|stream|this|channel|episode)( \S+){0,3} "
        r"(is|was|has been|are) (currently |not |no longer )?(unavailable|available|removed|deleted|found)\b",
        r"(is|are) no longer (available|online|exist)",
        r"does(n't| not) exist",
        r"not found",
        r"(been|was) (removed|deleted|terminated|suspended|taken down)",
        r"unavailable",
        r"expired",
        r"incomplete .{0,20}ID",
        r"account .{0,40}(terminated|suspended|deactivated)",
        r"copyright (claim|infring)",
        r"violat(ing|ed|es|ion)",
        r"invalid (video )?(id|url)",
        r"no longer (available|exists)",
    ),
    _rule(
        ErrorCode.SOURCE_UNREACHABLE,
        "The site says it has been asked too often.",
        "Wait an hour, then try again, or give the file instead.",
        r"HTTP Error 429",
        r"too many requests",
        r"rate[- ]?limit",
        r"try again later",
    ),
    _rule(
        ErrorCode.SOURCE_PRIVATE,
        "The site does not let this video be fetched.",
        "Download it in your browser and give the file instead.",
        r"HTTP Error 403",
        r"\bforbidden\b",
    ),
    _rule(
        ErrorCode.SOURCE_UNREACHABLE,
        "The site could not be reached, or answers with errors.",
        "Check the connection, then try again.",
        r"HTTP Error \d+",
        r"Cutroom could not",
        r"timed out",
        r"time-?out",
        r"connection",
        r"unable to connect",
        r"name resolution",
        r"getaddrinfo",
        r"resolve",
        r"network",
        r"unreachable",
        r"SSL",
        r"certificate",
        r"bytes read",
        r"IncompleteRead",
        r"Unable to download (webpage|API|JSON|XML|m3u8|MPD|manifest)",
        r"proxy",
        r"transport",
        r"redirect loop",
    ),
)  # fmt: skip

_KINDS = {
    "GeoRestrictedError": ErrorCode.SOURCE_GEO_BLOCKED,
    "UserNotLive": ErrorCode.SOURCE_LIVE,
    "UnsupportedError": ErrorCode.SOURCE_UNSUPPORTED,
}


def classify(text: str, kinds: Sequence[str] = ()) -> CutroomError:
    """The error that yt-dlp's message means; ``kinds`` are the names of its chained exceptions.

    What it cannot place is ``SOURCE_UNSUPPORTED``: most often the site has changed and yt-dlp has not yet.
    """
    words = text.replace("\u2019", "'")
    rule = _by_kind(kinds, words) or next((rule for rule in _RULES if rule.pattern.search(words)), None)
    if rule is None:
        return CutroomError(
            ErrorCode.SOURCE_UNSUPPORTED,
            "The site did not give its video in a way that is known.",
            next_step="Try again later, update Cutroom, or give the file instead.",
            detail=text[:2000],
        )
    return CutroomError(rule.code, rule.message, next_step=rule.next_step, detail=text[:2000])


def _by_kind(kinds: Sequence[str], words: str) -> _Rule | None:
    code = next((_KINDS[kind] for kind in kinds if kind in _KINDS), None)
    if code is None or _RULES[0].pattern.search(words):
        return None
    return next(rule for rule in _RULES if rule.code is code)
