"""Senses and judges as settings make them: a transcription service, and a language model, of the operator's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cutroom.analyses.senses import Film, Said
from cutroom.container.senses import judges, open_senses
from cutroom.kernel.cancel import CancelToken
from cutroom.model.percepts import FileFacts, Percepts, Segment, SourceFacts, Span, Transcript, TranscriptSource
from cutroom.settings import LanguageModelSettings, PerceptionSettings, Settings
from tests.support.completions import called, completions
from tests.support.known_speech import INSTALLED, MISSING, RATE, SENTENCES, say, write

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


class Service(ThreadingHTTPServer):
    """Transcribes everything in the same way."""

    status, answer = 200, b""


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        known = self.path == "/v1/audio/transcriptions" and self.headers["authorization"] == "Bearer hush"
        self.send_response(self.server.status if known else 404)
        self.send_header("content-length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield serving
        serving.shutdown()


def transcribed(service: Service, folder: Path) -> Said:
    """The first sentence, by a service in a private network, as the operator has named it."""
    spoken, said = say(SENTENCES[:1])
    film = folder / "film.wav"
    write(film, spoken)
    settings = Settings(
        perception=PerceptionSettings(
            transcriber_url=f"http://127.0.0.1:{service.server_port}/v1", transcriber_key="hush"
        )
    )
    with open_senses(settings) as senses:
        return senses.transcribe(
            Film(film, folder),
            voice=[Span(said[0].start, min(said[0].end, len(spoken) / RATE))],
            turns=None,
            given=None,
            cancel=CancelToken(),
        )


@pytest.mark.skipif(not INSTALLED, reason=MISSING)
def test_a_service_that_was_set_is_asked(service: Service, tmp_path: Path) -> None:
    service.answer = json.dumps({"text": "The quick brown fox jumps over the lazy dog."}).encode()
    found = transcribed(service, tmp_path)
    assert found.transcript is not None
    assert "quick brown fox" in found.transcript.text
    assert not any(missing.passing for missing in found.missing)


@pytest.mark.skipif(not INSTALLED, reason=MISSING)
def test_where_it_refuses_the_draft_is_made_and_the_next_film_asks_again(service: Service, tmp_path: Path) -> None:
    service.status = 429
    found = transcribed(service, tmp_path)
    assert found.transcript is not None
    assert found.transcript.draft
    assert any(missing.passing and missing.degraded for missing in found.missing)


def test_a_language_model_that_was_set_is_asked() -> None:
    lines = ("Bread needs time and patience.", "We let the dough rest for two hours.", "Then we bake it until brown.")
    said = tuple(Segment(4.0 * n, 4.0 * n + 3, line) for n, line in enumerate(lines))
    percepts = Percepts(
        SourceFacts(), FileFacts(12.0), transcript=Transcript(said, TranscriptSource.SUBTITLE_FILE, language="en")
    )
    with completions() as model:
        model.reply = lambda _request: called({"nothing": "that was asked for"})
        settings = Settings(language_model=LanguageModelSettings(base_url=model.url, model="little"))
        verdict, _ = judges(settings).understand(percepts, None, CancelToken())
        assert model.requests
        assert all(request["model"] == "little" for request in model.requests)
    # What it wrote has another shape: the embedded verdict stands, and says so.
    plain, _ = judges(Settings()).understand(percepts, None, CancelToken())
    assert verdict.fields == plain.fields
    assert any("language model" in note for note in verdict.warnings)
