"""Calls to action: what viewers are asked to do, and how well it is asked."""

from __future__ import annotations

from collections import Counter

from cutroom.judgement import measures as m
from cutroom.judgement.evidence import Sheet, measured, seen
from cutroom.judgement.scoring import Signal, compose
from cutroom.model.percepts import Percepts
from cutroom.model.verdicts import Act, Explained, TextFacts

KINDS = ("cta_follow", "cta_like", "cta_comment", "cta_share", "cta_link", "cta_buy")
_VALUE = ("solution", "proof", "payoff", "answer")
_SAME_SECONDS = 4.0
_COMPONENTS = ("present", "specific", "placement", "after_value", "shown_and_said", "not_competing")


def cta_score(percepts: Percepts, text: TextFacts) -> Explained:
    """0..100; 0 where words are known and nothing is asked; unknown for a film without words.

    Where it is not known what is said, what is asked on screen is judged by itself.
    """
    reason = m.why_no_words(percepts)
    asked = m.acts_of(text, KINDS) if reason is None else _shown(text)
    if reason and not asked:
        return compose("cta_effectiveness", [Signal(name, None) for name in _COMPONENTS], unknown=reason)
    if not asked and m.wordless(percepts):
        return compose("cta_effectiveness", [], unknown=m.WORDLESS)
    if not asked:
        return compose("cta_effectiveness", [Signal("present", 0.0)])
    best = _best(asked)
    kinds = Counter(act.kind for act in asked)
    # Said and shown at once is one request, told twice.
    repeated = max(count - 2 for count in kinds.values())
    value = [] if reason else m.acts_of(text, _VALUE, end=best.start)
    at = (best.start, best.end)
    return compose(
        "cta_effectiveness",
        [
            Signal("present", 1.0, at, best.quote),
            Signal("specific", float(max(len(act.quote.split()) for act in asked)), at, best.quote),
            Signal("placement", _place(best, percepts), at),
            Signal("after_value", best.start - value[0].start if value else None if reason else 0.0, _span(value)),
            Signal("shown_and_said", None if reason else _channels(asked), at),
            Signal("not_competing", float(len(kinds) + max(0, repeated))),
        ],
    )


def cta(percepts: Percepts, text: TextFacts, sheet: Sheet) -> None:
    """Fill in ``cta``: the request that is placed best.

    What is asked on screen is asked whatever is said; that nothing is asked is known only where the speech is.
    """
    reason = m.why_no_words(percepts)
    asked = m.acts_of(text, KINDS) if reason is None else _shown(text)
    if reason and not asked:
        sheet.unknown("present", "type", "text", "timestamp", reason=reason)
        return
    if not asked:
        sheet.put("present", measured(value=False, method="acts"))
        sheet.put("type", measured("none", "acts"))
        sheet.unknown("text", "timestamp", reason="Nothing is asked of the viewers.")
        return
    best = _best(asked)
    part = [seen(best.kind, at=(best.start, best.end), quote=best.quote)]
    method = "acts on screen; what is said is not known" if reason else "acts"
    sheet.put("present", measured(value=True, method=method, components=part))
    sheet.put("type", measured(best.kind.removeprefix("cta_"), method, part))
    sheet.put("text", measured(best.quote, "verbatim", part))
    sheet.put("timestamp", measured(round(best.start, 3), method, part))


def _shown(text: TextFacts) -> list[Act]:
    """What is asked on screen."""
    return [act for act in m.acts_of(text, KINDS) if act.segment is None]


def _best(asked: list[Act]) -> Act:
    """The last request; of those made in one breath the one in most words, then the first of ``KINDS``."""
    return max(asked, key=lambda act: (act.start, len(act.quote.split()), -KINDS.index(act.kind)))


def _span(acts: list[Act]) -> tuple[float, float] | None:
    return (acts[0].start, acts[0].end) if acts else None


def _place(act: Act, percepts: Percepts) -> float | None:
    length = m.duration_of(percepts)
    return m.clamp(act.start / length) if length else None


def _channels(asked: list[Act]) -> float:
    """1, and up to 1 more for the same said and shown, the closer the more."""
    said = [act for act in asked if act.segment is not None]
    shown = [act for act in asked if act.segment is None]
    apart = [abs(a.start - b.start) for a in said for b in shown if a.kind == b.kind]
    return 1 + m.clamp(2 - min(apart) / _SAME_SECONDS) if apart else 1.0
