# Short names for what ./run does. `just` comes with the development environment: ./run tool just

# list the recipes
default:
    @just --list

# every check and every test; with arguments, pytest alone
test *arguments:
    ./run test {{ arguments }}

# the static checks alone
lint:
    ./run lint

# bring the code into shape
format:
    ./run tool ruff check --fix-only --quiet .
    ./run tool ruff format .

typecheck *arguments:
    ./run tool mypy {{ arguments }}

gauges:
    ./run tool python scripts/gauges.py

docs-check:
    ./run tool python scripts/docs_check.py

# one full benchmark, for example: just bench cut
bench name *arguments:
    ./run tool python -m benchmarks.{{ name }} {{ arguments }}

# have the checks run before each commit
hooks:
    ./run tool prek install
