"""The shapes of what a language model may answer. Nothing else is let in: no further fields, no other types.

Lines are named by their ids and quoted verbatim; times are never asked for, the ids give them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Category = Literal[
    "Educational", "Entertainment", "Gaming", "News", "Music", "Sports", "Lifestyle", "Business", "Technology", "Other"
]
Tone = Literal[
    "instructional", "promotional", "humorous", "storytelling", "upbeat", "serious", "conversational", "neutral"
]
LineId = Annotated[int, Field(ge=0, le=1_000_000)]
LineIds = Annotated[list[LineId], Field(min_length=1, max_length=8)]


class Form(BaseModel):
    """What all shapes share: nothing beside the fields, nothing turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Cited(Form):
    """Words of a line, verbatim."""

    line: LineId
    quote: str = Field(min_length=1, max_length=300)


class Written(Form):
    """A text of the model's own, and the lines it rests on."""

    text: str = Field(min_length=3, max_length=260)
    lines: LineIds


class Overview(Form):
    """Title, summary, category, tone and audience."""

    title: Written
    summary: list[Written] = Field(min_length=1, max_length=6)
    category: Category | None
    category_evidence: Cited | None
    tone: Tone | None
    tone_evidence: Cited | None
    target_audience: Written | None


class Name(Form):
    """A name and the words of the line that hold it."""

    name: str = Field(min_length=2, max_length=80)
    line: LineId
    quote: str = Field(min_length=2, max_length=300)


class Names(Form):
    """Who and what is named, and what the film is about."""

    people: list[Name] = Field(max_length=20)
    brands: list[Name] = Field(max_length=20)
    topics: list[Name] = Field(max_length=12)


class Picks(Form):
    """The lines of a part of a long film that matter most, in order."""

    picks: list[Cited] = Field(max_length=12)


class Item(Form):
    """One question of a rubric, answered by yes with the words that show it, or by no."""

    item: str = Field(min_length=1, max_length=60)
    yes: bool
    evidence: Cited | None


class Rubric(Form):
    """A rubric, answered. Numbers are never asked for; code counts."""

    items: list[Item] = Field(max_length=40)
