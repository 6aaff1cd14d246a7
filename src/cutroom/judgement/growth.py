"""``growth_intelligence``: predictions, all of them heuristics until they are fitted to the user's own films."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cutroom.judgement import measures as m
from cutroom.judgement.calibration import Calibration
from cutroom.judgement.creator import pacing
from cutroom.judgement.cta import cta_score
from cutroom.judgement.education import educational_value
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.hooks import hook_score
from cutroom.judgement.loop import loopability
from cutroom.judgement.platform_fit import fits
from cutroom.judgement.production import audio_clarity, visual_clarity
from cutroom.judgement.retention import Retention, retention
from cutroom.judgement.scoring import Signal, compose, exact, finite, ratio
from cutroom.judgement.trends import Trends, trend_alignment
from cutroom.judgement.virality import virality_model
from cutroom.model.percepts import Percepts, Seeing, Span
from cutroom.model.verdicts import Explained, TextFacts, Verdict

ROOT = "/growth_intelligence"
HEURISTIC = (
    "Predictions (virality, views, retention, sharing) are published heuristics, not fitted to your films: see "
    "`basis`, and `cutroom calibrate`."
)
_HOOK = "/creator_intelligence/hook_analysis/score"
_RETENTION = "/creator_intelligence/retention_analysis/retention_score"
_NO_ESTIMATE = "Nothing is estimated: the score, from which views are, needs pictures, and none were looked at."
_MOST_TAGS = 8
_CAPTION = 150
_FEW = 3


def growth(
    percepts: Percepts,
    creator: Verdict,
    text: TextFacts,
    *,
    calibration: Calibration | None = None,
    trends: Trends | None = None,
) -> Verdict:
    """The whole object. Where no pictures were looked at, every field is null or empty, but for ``basis``."""
    sheet = Sheet(ROOT)
    if percepts.seeing is None:
        _empty(sheet, m.why_no_pictures(percepts))
        return sheet.verdict()
    model = retention(percepts, text)
    causes = _causes(percepts, creator, text, model)
    spread = sheet.below("virality_model")
    score = virality_model(percepts, text, causes, model, calibration, spread)
    sheet.add("virality_model", spread)
    platforms = sheet.below("platform_fit")
    _platform_fit(percepts, text, causes, platforms)
    if calibration is not None and calibration.shares is not None and (value := exact(score)) is not None:
        platforms.put("share_probability", calibration.share(value), ratio)
    sheet.add("platform_fit", platforms)
    trend = sheet.below("trend_alignment")
    trend_alignment(percepts, text, trends, trend)
    sheet.add("trend_alignment", trend)
    _curve(model, calibration, sheet)
    _people(percepts, creator, text, sheet)
    if calibration is None:
        sheet.warnings.append(HEURISTIC)
    return sheet.verdict()


def _causes(percepts: Percepts, creator: Verdict, text: TextFacts, model: Retention) -> dict[str, Explained]:
    return {
        "hook": creator.evidence.get(_HOOK) or hook_score(percepts, text),
        "retention": creator.evidence.get(_RETENTION) or model.score,
        "pacing": pacing(percepts),
        "visual_clarity": visual_clarity(percepts),
        "audio_clarity": audio_clarity(percepts),
        "cta": cta_score(percepts, text),
        "usefulness": educational_value(percepts, text),
    }


def _platform_fit(percepts: Percepts, text: TextFacts, causes: dict[str, Explained], sheet: Sheet) -> None:
    found = fits(percepts)
    best = found[0]
    known = best.explained.value is not None
    reason = best.explained.unknown_reason
    part = [seen(best.platform, exact(best.explained), unit="fit")]
    sheet.put("platform", measured(best.platform if known else None, "best fit", part, unknown=reason))
    sheet.put("algorithm_alignment", best.explained, ratio)
    sheet.put("share_probability", share_probability(percepts, text, causes), ratio)
    sheet.put("loopability", loopability(percepts), ratio)
    told = [fit for fit in found if fit.explained.value is not None]
    rows = [{"platform": f.platform, "fit": ratio(f.explained), "reasons": list(f.reasons)} for f in told]
    sheet.plain("all", rows)
    for place, fit in enumerate(told):
        sheet.found[f"{sheet.pointer}/all/{place}/fit"] = fit.explained


def share_probability(percepts: Percepts, text: TextFacts, causes: dict[str, Explained]) -> Explained:
    """0..1."""
    asked = m.acts_of(text, ("cta_share",))
    signals = [Signal(name, exact(causes[name])) for name in ("hook", "retention")]
    if m.speaks(percepts) is not False:
        signals.append(Signal("usefulness", exact(causes["usefulness"])))
        mood = finite(text.sentiment)
        signals.append(Signal("emotion", None if mood is None else abs(mood)))
    known = m.words_known(percepts)
    quote = asked[0].quote if asked else None
    signals.append(Signal("asked_to_share", float(bool(asked)) if known else None, quote=quote))
    return compose("share_probability", signals)


def _curve(model: Retention, calibration: Calibration | None, sheet: Sheet) -> None:
    power = calibration.retention_power if calibration else None
    curve = model.shown(power or 1.0) if model.score.value is not None else []
    kept = round(model.mean(power or 1.0), 4) if curve else None
    explained = measured(kept, "hazard model, mean of the curve", unknown=model.score.unknown_reason or m.NO_PICTURES)
    explained = replace(explained, coverage=model.score.coverage, calibrated=power is not None)
    sheet.plain("predicted_retention_curve", curve, explained)


def _people(percepts: Percepts, creator: Verdict, text: TextFacts, sheet: Sheet) -> None:
    """``audience`` and ``posting``: nothing but what the film itself says."""
    audience = sheet.below("audience")
    audience.plain("likely_segments", [])
    audience.plain("interest_tags", list(text.topics[:_MOST_TAGS]))
    audience.unknown("age_band", reason="Nothing in a film measures the age of those who watch it.")
    sheet.add("audience", audience)
    posting = sheet.below("posting")
    posting.put("suggested_caption", _caption(percepts, creator))
    posting.plain("suggested_hashtags", _hashtags(percepts, text))
    posting.put("best_length_seconds", _best_length(percepts))
    sheet.add("posting", posting)


def _caption(percepts: Percepts, creator: Verdict) -> Explained:
    """The hook's own words where they are more than a few, else the page's title, else the line of the story."""
    parts = creator.evidence.get("/creator_intelligence/hook_analysis/primary_hook")
    quote = next((part.quote for part in parts.components if part.quote), None) if parts else None
    story = creator.evidence.get("/creator_intelligence/story_structure/logline")
    for method, words in (
        ("words of the hook", quote if quote and len(quote.split()) > _FEW else None),
        ("title of the page", percepts.source.title),
        ("logline", story.value if story and isinstance(story.value, str) else None),
    ):
        if words and words.strip():
            return measured(m.sentence_of(words, _CAPTION), method, [seen(method, quote=words[:500])])
    return measured(None, "verbatim", unknown="The film has no title, and no words that could be quoted.")


def _hashtags(percepts: Percepts, text: TextFacts) -> list[str]:
    """The page's own tags, then the topics, without repetition."""
    made = (
        "".join(c for word in words.split() for c in word[:1].upper() + word[1:] if c.isalnum())
        for words in text.topics
    )
    tags = ("".join(c for c in tag if c.isalnum() or c == "_") for tag in percepts.source.tags)
    found: dict[str, str] = {}
    for tag in (*tags, *made):
        if tag and len(tag) <= 40:
            found.setdefault(tag.casefold(), f"#{tag}")
    return list(found.values())[:_MOST_TAGS]


def _best_length(percepts: Percepts) -> Explained:
    """The film's length without its silent stretches, and without frozen and black ones in which nothing is heard."""
    length, seeing = m.duration_of(percepts), percepts.seeing
    if not length or seeing is None:
        return measured(None, "measured", unknown="The film has no length.")
    idle = m.pairs(span for span in _idle(percepts, seeing) if span.end - span.start >= 1)
    lost = m.overlap(0.0, length, idle)
    if length - lost < 1:
        return measured(None, "measured", unknown="Hardly anything happens in the film.")
    parts = [seen("idle", lost, unit="s"), seen("length", length, unit="s")]
    return measured(math.floor((length - lost) * 10) / 10, "length without stretches in which nothing happens", parts)


def _idle(percepts: Percepts, seeing: Seeing) -> Iterator[Span]:
    """Where nothing happens: a picture may stand still while somebody speaks or music plays."""
    hearing = percepts.hearing
    if hearing is not None and not m.soundless(percepts):
        yield from hearing.silences
    heard = [*(hearing.voice or ()), *hearing.music.spans] if hearing is not None else []
    yield from _without(sorted((*seeing.freezes, *seeing.black), key=_start), sorted(heard, key=_start))


def _start(span: Span) -> tuple[float, float]:
    return span.start, span.end


def _without(spans: Sequence[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """What is left of spans outside of those taken. Both are in order, and gone through once."""
    waiting, reached = iter((*taken, Span(math.inf, math.inf))), 0.0
    sound = next(waiting)
    for span in spans:
        at = max(span.start, reached)
        while at < span.end:
            if sound.end <= at:
                sound = next(waiting)
                continue
            if at < sound.start:
                yield Span(at, min(sound.start, span.end))
            at = max(at, min(sound.end, span.end)) if sound.start < span.end else span.end
        reached = max(reached, span.end)


def _empty(sheet: Sheet, reason: str) -> None:
    """The object as it is where no pictures were looked at: all null, but for what it says of that."""
    layout: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "virality_model": (("score", "completion_pressure"), ("factors",)),
        "platform_fit": (("platform", "algorithm_alignment", "share_probability", "loopability"), ("all",)),
        "trend_alignment": (("uses_trending_audio", "trend_category"), ()),
        "audience": (("age_band",), ("likely_segments", "interest_tags")),
        "posting": (("suggested_caption", "best_length_seconds"), ("suggested_hashtags",)),
    }
    for name, (nulls, lists) in layout.items():
        part = sheet.below(name)
        part.unknown(*nulls, reason=reason)
        for one in lists:
            part.plain(one, [])
        if name == "virality_model":
            part.put("basis", measured(_NO_ESTIMATE, "published"))
            unknown = measured(None, "none", unknown=reason)
            part.plain("predicted_view_range", {"low": None, "expected": None, "high": None}, unknown)
        if name == "trend_alignment":
            part.put("cycle_stage", measured("unknown", "none"))
        sheet.add(name, part)
    sheet.plain("predicted_retention_curve", [])
