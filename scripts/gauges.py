"""The gauges of the code: sizes, complexity, docstrings, broad excepts, import cycles. They may only get better.

Prints one line for each gauge, with the worst places, and exits with 1 when a limit is passed. ``docs/architecture.md``
says what the limits are for. Types are mypy's business, the floors are import-linter's.
"""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

LONGEST_FILE = 400
LARGEST_MEDIAN = 120
LONG_FUNCTION = 40
LONG_FUNCTIONS_PERCENT = 2.0
COMPLEX = 10
COMPLEX_PERCENT = 0.5
# `except Exception` is for boundaries that must turn anything into an answer: (file, function).
BOUNDARIES = {
    ("src/cutroom/cli/main.py", "_run"),  # a fault becomes one sentence and an exit code
    ("src/cutroom/media/inside/server.py", "work"),  # whatever a hostile file causes becomes an answer
    ("src/cutroom/perception/inside/watching.py", "guarded"),  # a sense's fault must not cost the others their results
    ("src/cutroom/container/service.py", "guarded"),  # nobody waits for it: the log is all there is
    ("src/cutroom/jobs/events.py", "run"),  # a stream outlives a restart of the database
    ("src/cutroom/web/http/guard.py", "__call__"),  # a fault becomes the surface's 500
    ("src/cutroom/web/http/guard.py", "_rates"),  # an answer is not lost for want of a header
    ("src/cutroom/workflows/client.py", "stop"),  # the job is cancelled already, and that must be said
    ("src/cutroom/workflows/leases.py", "_run"),  # a lease is renewed again when the database is back
    ("src/cutroom/workflows/progress.py", "_write"),  # work goes on while the database is away for a moment
    ("src/cutroom/workflows/steps.py", "_guarded"),  # the job ends, whatever it was, and the others go on
    ("src/cutroom/workflows/sweeps.py", "sweep"),  # the next chore may work
    ("src/cutroom/workflows/webhooks.py", "send"),  # the other deliveries go on
    ("src/cutroom/workflows/worker.py", "_keep_house"),  # the next round may find the database
    ("src/cutroom/perception/inside/reading.py", "read"),  # libraries raise Exception itself for files that are none
    ("src/cutroom/sources/ytdlp_child.py", "main"),  # whatever a site's page causes becomes an answer
}

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method: where, and how long in lines."""

    place: str
    lines: int


@dataclass(frozen=True, slots=True)
class File:
    """What is measured of one file."""

    path: str
    lines: int
    has_docstring: bool
    functions: tuple[Function, ...]
    broad_excepts: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Gauge:
    """One line of the report; ``worst`` names places, the worst first."""

    name: str
    value: str
    limit: str
    kept: bool
    worst: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{'ok  ' if self.kept else 'FAIL'} {self.name:<34} {self.value:>9}   limit {self.limit}"]
        return "\n".join(lines + [f"       {place}" for place in self.worst[: 3 if self.kept else 20]])


def sources(root: Path) -> list[Path]:
    """The product's own files: the package and the launcher, then the scripts."""
    return [root / "run", *sorted((root / "src").rglob("*.py")), *sorted((root / "scripts").rglob("*.py"))]


def measure(path: Path, root: Path) -> File:
    """Read one file; an unreadable one raises ``SyntaxError``."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    name = path.relative_to(root).as_posix()
    functions = [node for node in ast.walk(tree) if isinstance(node, FunctionNode)]
    return File(
        name,
        text.count("\n"),
        ast.get_docstring(tree) is not None,
        tuple(Function(f"{name}:{node.lineno} {node.name}", _length(node)) for node in functions),
        tuple((name, owner) for owner in _broad_excepts(tree)),
    )


def _length(node: FunctionNode) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _broad_excepts(tree: ast.AST, owner: str = "module") -> Iterator[str]:
    """The functions that hold a bare except, ``except Exception`` or wider, and do not raise on."""
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else owner
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not isinstance(node.body[-1], ast.Raise):
            yield inside
        yield from _broad_excepts(node, inside)


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(one) for one in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"})


def complex_functions(root: Path) -> list[str]:
    """The functions of too many paths as ruff counts them (C901), those with an excuse included."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--quiet", "--select", "C901", "--ignore-noqa"]
    command += ["--output-format", "concise", *map(str, sources(root))]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return [line for line in answer.stdout.splitlines() if " C901 " in line]


def cycles(package: str, root: Path) -> list[str]:
    """Import cycles between modules, each once, as ``a -> b -> a``."""
    import grimp

    sys.path.insert(0, str(root / "src"))
    graph = grimp.build_graph(package, cache_dir=None)
    edges = {module: sorted(graph.find_modules_directly_imported_by(module)) for module in sorted(graph.modules)}
    found: list[str] = []
    done: set[str] = set()
    for start in edges:
        _walk(start, edges, [], done, found)
    return found


def _walk(module: str, edges: dict[str, list[str]], path: list[str], done: set[str], found: list[str]) -> None:
    if module in path:
        found.append(" -> ".join([*path[path.index(module) :], module]))
    elif module not in done:
        for target in edges.get(module, []):
            _walk(target, edges, [*path, module], done, found)
        done.add(module)


def gauges(files: list[File], tangled: list[str], import_cycles: list[str]) -> list[Gauge]:
    """Every gauge with its verdict."""
    by_length = sorted(files, key=lambda file: -file.lines)
    median = statistics.median(file.lines for file in files)
    functions = [function for file in files for function in file.functions]
    count = len(functions) or 1
    long = sorted((f for f in functions if f.lines > LONG_FUNCTION), key=lambda f: -f.lines)
    bare = [file.path for file in files if not file.has_docstring]
    broad = [place for file in files for place in file.broad_excepts if place not in BOUNDARIES]
    long_share, tangled_share = 100 * len(long) / count, 100 * len(tangled) / count
    return [
        Gauge("longest file, lines", str(by_length[0].lines), str(LONGEST_FILE), by_length[0].lines <= LONGEST_FILE,
              [f"{file.path} {file.lines}" for file in by_length if file.lines > LONGEST_FILE]),
        Gauge("median file, lines", f"{median:.0f}", f"under {LARGEST_MEDIAN}", median < LARGEST_MEDIAN),
        Gauge(f"functions over {LONG_FUNCTION} lines", f"{long_share:.2f} %", f"{LONG_FUNCTIONS_PERCENT} %",
              long_share <= LONG_FUNCTIONS_PERCENT, [f"{f.place} {f.lines}" for f in long]),
        Gauge(f"functions more complex than {COMPLEX}", f"{tangled_share:.2f} %", f"{COMPLEX_PERCENT} %",
              tangled_share <= COMPLEX_PERCENT, tangled),
        Gauge("files without a docstring", str(len(bare)), "0", not bare, bare),
        Gauge("broad excepts outside boundaries", str(len(broad)), "0", not broad, [f"{f} {o}" for f, o in broad]),
        Gauge("import cycles", str(len(import_cycles)), "0", not import_cycles, import_cycles),
    ]  # fmt: skip


def main(root: Path = ROOT) -> int:
    """Print the gauges of a checkout; 1 when a limit is passed."""
    files = [measure(path, root) for path in sources(root)]
    results = gauges(files, complex_functions(root), cycles("cutroom", root))
    functions = sum(len(file.functions) for file in files)
    print(f"{len(files)} files, {sum(file.lines for file in files)} lines, {functions} functions")
    print("\n".join(map(str, results)))
    return 0 if all(gauge.kept for gauge in results) else 1


if __name__ == "__main__":
    sys.exit(main())
