"""The language of a text: right for prose, silent where nobody could tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.perception.language import LEAST_LETTERS, language_of

PROSE = {
    "en": "Welcome back to the channel. Today we are going to talk about how bread is made at home.",
    "de": "Willkommen zurück. Heute sprechen wir darüber, wie man zu Hause ein gutes Brot backen kann.",
    "fr": "Bienvenue sur la chaîne. Aujourd'hui nous allons voir comment faire du pain à la maison.",
    "es": "Bienvenidos de nuevo al canal. Hoy vamos a hablar de cómo se hace el pan en nuestra casa.",
    "ru": "Добро пожаловать на канал. Сегодня мы поговорим про то, как испечь хлеб дома.",
    "hi": "चैनल पर आपका स्वागत है। आज हम बात करेंगे कि घर पर रोटी कैसे बनाई जाती है।",
    "ja": "チャンネルへようこそ。今日は家でパンを作る方法についてお話しします。",
    "ko": "채널에 오신 것을 환영합니다. 오늘은 집에서 빵을 만드는 방법에 대해 이야기하겠습니다.",
}


@pytest.mark.parametrize("language", PROSE)
def test_prose(language: str) -> None:
    assert language_of(PROSE[language]) == language
    assert language_of(f"00:12 {PROSE[language].upper()} \U0001f600\U0001f600 \x07\x00 #1 !!!") == language


@pytest.mark.parametrize("text", ["", "ok lol", "no no no", "1234567890" * 10, "?!" * 100, "\x00" * 100, "\u202e" * 50])
def test_too_little_to_tell(text: str) -> None:
    assert language_of(text) is None


@given(st.text(max_size=LEAST_LETTERS - 1))
def test_never_under_twenty_letters(text: str) -> None:
    assert language_of(text) is None


def test_what_is_very_long_is_answered_from_its_beginning() -> None:
    assert language_of(PROSE["en"] * 20_000) == "en"
    assert language_of("\ud800" + PROSE["de"]) == "de"
