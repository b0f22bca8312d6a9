# Khéo. `make demo` and `make test` need nothing but Python 3.11 and make; they set up .venv by themselves.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8080

.PHONY: demo test thorough lint bench durability durability-short venv words classifier lock clean

demo: venv ## the web chat with a seeded district, on this machine only
	KHEO_PORT=$(PORT) $(BIN)/kheo demo

venv: .venv/.ready locales/.compiled ## the set-up that demo and test share

.venv/.ready: requirements-dev.lock pyproject.toml
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/python -c 'import sys; sys.exit("Khéo needs Python 3.11 or newer; set PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

locales/.compiled: .venv/.ready locales/vi/LC_MESSAGES/kheo.po locales/en/LC_MESSAGES/kheo.po
	$(BIN)/pybabel --quiet compile --domain kheo --directory locales
	touch $@

test: venv ## all tests but the long runs; three at once on two cores, since much of it is waiting
	$(BIN)/python -m pytest -q -n 3 --dist loadfile -o tmp_path_retention_policy=failed -m "not durability and not durability_short and not thorough"

thorough: venv ## every change of the plans that a check of docs/obligations.csv must notice
	$(BIN)/python -m pytest -q -n 2 -m thorough tests/obligations

lint: venv ## style, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: venv ## our bot beside its peers, in one run of a quarter of an hour; `python -m bench --write` keeps the results
	$(BIN)/python -m bench

durability: venv ## the long kill -9 runs, an hour of them; their figures go into docs/reliability.md
	KHEO_FIGURES=1 $(BIN)/python -m pytest -q -s -m durability tests/durability tests/care

durability-short: venv ## a few minutes of the same; DURABILITY_SEED=… repeats a run
	$(BIN)/python -m pytest -q -rP -n 2 -m durability_short tests/durability

words: .venv/.ready ## collect the sentences into the catalogues
	$(BIN)/python locales/words.py

classifier: venv ## train what understands sentences anew, after the phrases in tests/lookup have changed
	$(BIN)/python -m tests.lookup.train

lock: .venv/.ready ## resolve the dependencies anew
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q --upgrade -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra bench --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q --upgrade -o requirements-dev.lock

clean:
	rm -rf .venv var build locales/.compiled locales/*/LC_MESSAGES/*.mo
