"""How far a film may spread: a published heuristic, and a wide range of views from it.

Neither is fitted to any platform; both say so (``calibrated`` false, ``basis``) until the user's own past posts are
given (``calibration.py``).
"""

from __future__ import annotations

import math
from dataclasses import replace

from cutroom.judgement import measures as m
from cutroom.judgement.calibration import Calibration
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.hooks import hook_type
from cutroom.judgement.retention import Retention
from cutroom.judgement.scoring import Signal, compose, exact, ratio, whole
from cutroom.judgement.weights import weights
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Explained, TextFacts

_MOST_FACTORS = 5
_MOST_VIEWS = 10**11


def virality(causes: dict[str, Explained]) -> Explained:
    """0..100 from the scores of the film: hook, retention, pacing, visual_clarity, audio_clarity, cta."""
    rule = weights().composites["virality"]
    return compose("virality", [Signal(part.name, exact(causes[part.name])) for part in rule.components])


def virality_model(
    percepts: Percepts,
    text: TextFacts,
    causes: dict[str, Explained],
    model: Retention,
    calibration: Calibration | None,
    sheet: Sheet,
) -> Explained:
    """Fill in ``virality_model``; the score, as it is used again."""
    score = virality(causes)
    sheet.put("score", score, whole)
    range_, basis = view_range(percepts, score, calibration)
    low, expected, high = range_ or (None, None, None)
    reason = score.unknown_reason or "The score is not known."
    parts = [seen("score", exact(score), unit="score")]
    if percepts.source.followers is not None:
        parts.append(seen("followers", float(percepts.source.followers), unit="followers"))
    if percepts.source.views is not None:
        parts.append(seen("views", float(percepts.source.views), unit="views"))
    sheet.plain(
        "predicted_view_range",
        {"low": low, "expected": expected, "high": high},
        replace(measured(expected, basis, parts, unknown=reason), calibrated=calibration is not None),
    )
    sheet.plain("factors", _factors(score, opens=hook_type(percepts, text).value not in {None, "none"}))
    sheet.put("completion_pressure", completion_pressure(percepts, text, model), ratio)
    sheet.put("basis", measured(basis, "published"))
    return score


def view_range(
    percepts: Percepts, score: Explained, calibration: Calibration | None
) -> tuple[tuple[int, int, int] | None, str]:
    """Low, expected and high views, and how they were estimated. Views that the page shows are never undercut."""
    value = exact(score)
    if calibration is not None:
        basis = (
            f"Quantile regression on {calibration.posts} posts of your own; 80 % ranges held "
            f"{100 * calibration.coverage:.0f} % of the posts left out of the fit."
        )
        ends = None if value is None else calibration.views(value)
    else:
        ends, basis = _prior(percepts, value)
    if ends is None:
        return None, basis
    least = max(0, percepts.source.views or 0)
    if least:
        basis += " Not less than the views that the page shows."
    low, expected, high = sorted(_two_digits(min(_MOST_VIEWS, 10**decades)) for decades in ends)
    return (max(low, least), max(expected, least), max(high, least)), basis


def completion_pressure(percepts: Percepts, text: TextFacts, model: Retention) -> Explained:
    """0..1."""
    length = m.duration_of(percepts)
    if m.wordless(percepts):
        return compose("completion_pressure", [Signal("hazard_free", model.hazard_free)])
    if not m.words_known(percepts) or not length:
        return compose("completion_pressure", [Signal("hazard_free", model.hazard_free), Signal("open_loop", None)])
    opened = m.acts_of(text, ("open_loop", "question"))
    answers = m.acts_of(text, ("answer", "payoff"))
    loop = Signal("open_loop", 0.0)
    if opened and answers:
        first, last = min(opened, key=lambda act: (act.end, act.start)), answers[-1]
        held = m.clamp((last.start - first.end) / length)
        loop = Signal("open_loop", held, (first.start, max(first.start, last.start)), first.quote)
    return compose("completion_pressure", [Signal("hazard_free", model.hazard_free), loop])


def _prior(percepts: Percepts, score: float | None) -> tuple[tuple[float, float, float] | None, str]:
    """Powers of ten."""
    w, followers = weights(), percepts.source.followers
    if followers is not None and followers > 0:
        middle, width = followers * w.number("views_per_follower"), w.number("views_width_followers")
        basis = f"A rough rule from the score and the channel's {followers} followers; not calibrated to your films."
    else:
        middle, width = w.number("views_middle"), w.number("views_width")
        basis = "A rough rule from the score alone; nothing is known about the channel; not calibrated to your films."
    if score is None:
        return None, basis
    centre = math.log10(max(1.0, middle)) + (score - 50) * w.number("views_per_score")
    return (centre - width, centre, centre + width), basis


def _factors(score: Explained, *, opens: bool) -> list[str]:
    """What is strong. A hook is none of it unless the film ``opens`` with one: its score has other parts too."""
    rule, strong = weights().composites["virality"], weights().number("factor_strong")
    found = sorted(
        (-part.weight * part.f, factor)
        for part in score.components
        if part.f is not None and part.f >= strong and (factor := rule.component(part.name).factor)
        if opens or part.name != "hook"
    )
    return [factor for _, factor in found[:_MOST_FACTORS]]


def _two_digits(views: float) -> int:
    """More digits would claim to know more."""
    if views < 100:
        return max(0, round(views))
    unit = int(10 ** (int(math.log10(views)) - 1))
    return round(views / unit) * unit
