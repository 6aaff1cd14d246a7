"""A transcription service: what is sent, and what strange answers come to."""

from __future__ import annotations

import email
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.model.percepts import Timing
from cutroom.perception.adapters.endpoint import AnswerError, body, error_of, read


def test_the_request_is_a_form_with_the_sound() -> None:
    headers, data = body(b"RIFF\r\n--x", "whisper-1", "pt-BR")
    message = email.message_from_bytes(b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + data)
    fields = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in message.walk()
    }
    assert fields["model"] == b"whisper-1"
    assert fields["language"] == b"pt"
    assert fields["response_format"] == b"verbose_json"
    assert fields["file"] == b"RIFF\r\n--x"


def test_words_have_the_times_of_the_film() -> None:
    answer = {
        "text": "Hi you",
        "language": "english",
        "words": [{"word": " Hi", "start": 0.1, "end": 0.4}, {"word": "you", "start": 0.5, "end": 9.0}],
    }
    heard = read(json.dumps(answer), 10.0, 12.0)
    assert [(word.text, word.start, word.end) for word in heard.utterances[0]] == [
        ("Hi", 10.1, 10.4),
        ("you", 10.5, 12.0),
    ]
    assert heard.language == "english"


@pytest.mark.parametrize("key", ["words", "segments"])
def test_what_is_not_for_reading_is_taken_out_of_an_answer(key: str) -> None:
    hostile = "red\u202e\x1b[31m\x00 <b>x"
    item = {"word": hostile, "text": hostile, "start": 0, "end": 1}
    endless = {"word": "a" * 100_000, "text": "b " * 100_000, "start": 1, "end": 2}
    heard = read(json.dumps({"text": "", key: [item, endless]}), 0.0, 5.0)
    said = "".join(word.text for some in heard.utterances for word in some)
    assert said.isprintable()
    assert "\x1b" not in said
    assert len(said) < 21_000


def test_segments_and_bare_text_are_shared_out() -> None:
    heard = read(json.dumps({"text": "a b", "segments": [{"text": "a b", "start": 0, "end": 2}]}), 1.0, 9.0)
    assert [(word.start, word.end) for word in heard.utterances[0]] == [(1.0, 2.0), (2.0, 3.0)]
    heard = read(json.dumps({"text": "a b"}), 1.0, 9.0)
    assert [word.timing for word in heard.utterances[0]] == [Timing.INTERPOLATED] * 2


@pytest.mark.parametrize("answer", ["", "I cannot do that.", "[]", '"text"', '{"text": 5}', "{" * 5000, "[" * 100_000])
def test_prose_is_no_transcript(answer: str) -> None:
    with pytest.raises(AnswerError):
        read(answer, 0.0, 1.0)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["text", "words", "word", "start", "end", "segments"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_answer_is_a_transcript_within_its_time_or_an_error(value: object) -> None:
    try:
        heard = read(json.dumps(value), 3.0, 5.0)
    except AnswerError:
        return
    words = [word for some in heard.utterances for word in some]
    assert all(3.0 <= word.start <= 5.0 + 1e-9 for word in words)


def test_every_failure_has_a_sentence() -> None:
    for status in (400, 401, 413, 429, 500, 200):
        assert error_of(status).startswith("The transcription service ")
