"""The answer of which nothing is known: every field of the contract in its place, so that clients may index freely."""

from __future__ import annotations

from typing import Any

SCORES = (
    "hook_strength", "retention_design", "visual_clarity", "audio_clarity", "cta_effectiveness", "educational_value",
    "overall_creator_clarity", "confidence_overall",
)  # fmt: skip
LAYERS = ("media_understanding", "creator_intelligence", "growth_intelligence")


def _nulls(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names)


def _arrays(*names: str) -> dict[str, Any]:
    return {name: [] for name in names}


def blank() -> dict[str, Any]:
    """Leaves are null, arrays empty."""
    return {
        "scores": _nulls(*SCORES),
        "media_understanding": {
            "content_overview": {
                **_nulls("title", "summary", "category", "format", "tone", "target_audience"),
                "content_warnings": [],
            },
            "transcript": _nulls("full_text", "language", "word_count", "source") | _arrays("segments", "words"),
            "visual_analysis": _pictures(),
            "audio_analysis": _sound(),
            "entities": _arrays(
                "people", "brands", "topics", "hashtags", "products", "locations", "organizations", "mentions", "urls",
                "keywords",
            ),
        },
        "creator_intelligence": _creator(),
        "growth_intelligence": _growth(),
    }  # fmt: skip


def _pictures() -> dict[str, Any]:
    measured = (
        "scene_count", "cuts_per_minute", "avg_shot_length", "cinematography", "camera_motion", "brightness",
        "contrast", "saturation", "sharpness", "motion_intensity", "visual_complexity", "letterbox",
    )  # fmt: skip
    lists = ("keyframes", "scenes", "motifs", "dominant_colors", "on_screen_text", "black_segments", "freeze_segments")
    return {
        **_nulls(*measured),
        **_arrays(*lists),
        "shot_types": _nulls("close_up", "medium", "wide"),
        "faces": _nulls("max_count", "presence_ratio", "avg_size") | _arrays("tracks"),
    }


def _sound() -> dict[str, Any]:
    return {
        "speech": {
            **_nulls("present", "language", "speech_rate_wpm_est", "ratio", "speaker_count"), "pauses": [],
            "filler_words": {},
        },
        "music": _nulls("present", "bpm_estimate", "track_title", "ratio", "energy", "key"),
        "loudness": _nulls("integrated_lufs", "true_peak_db", "range_lu"),
        **_nulls("noise_floor_db", "clipping_ratio"),
        **_arrays("silences", "energy_curve", "sound_events"),
    }  # fmt: skip


def _creator() -> dict[str, Any]:
    return {
        "hook_analysis": {
            **_nulls(
                "score", "hook_type", "primary_hook", "first_words", "time_to_first_word", "visual_change_first_3s"
            ),
            "suggestions": [],
            "hook_window": _nulls("start", "end"),
        },
        "retention_analysis": {
            **_nulls("retention_score", "pacing", "dead_air_seconds"),
            **_arrays("drop_risk_moments", "pattern_interrupts", "open_loops"),
        },
        "story_structure": _nulls("logline", "narrative_arc") | _arrays("beats", "beat_times"),
        "cta": _nulls("present", "type", "text", "timestamp"),
        "highlights": [],
        "readability": {
            **_nulls("grade_level", "vocabulary_richness", "sentiment", "sentiment_score"),
            "emotion_curve": [],
        },
        "production": _nulls("lighting", "framing", "stability", "audio_quality", "caption_presence", "edit_density"),
    }


def _growth() -> dict[str, Any]:
    return {
        "virality_model": {
            **_nulls("score", "completion_pressure", "basis"),
            "predicted_view_range": _nulls("low", "expected", "high"),
            "factors": [],
        },
        "platform_fit": {
            **_nulls("platform", "algorithm_alignment", "share_probability", "loopability"), "all": [],
        },
        "trend_alignment": _nulls("uses_trending_audio", "trend_category", "cycle_stage"),
        "predicted_retention_curve": [],
        "audience": {"age_band": None, **_arrays("likely_segments", "interest_tags")},
        "posting": {**_nulls("suggested_caption", "best_length_seconds"), "suggested_hashtags": []},
    }  # fmt: skip
