# The verbs of this project. `make` alone lists them.
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
# Tests and benches start hundreds of Pythons; what one of them has compiled, the others read.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help installed setup demo up down check test test-faults mutate fuzz soak bench lock

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Every verb that needs something installed goes through here; with nothing missing it is a blink.
installed:
	@python3 dev/setup.py

setup: installed ## install what is missing here (the other verbs do so too)
	@echo "Everything is installed."

demo: installed ## push sample images and watch them become findings; IMAGE=<skopeo source> ADVISORIES=<path>
	@$(PYTHON) -m dev.demo $${IMAGE:+"--image=$$IMAGE"} $${ADVISORIES:+"--advisories=$$ADVISORIES"}

up: installed ## start the local stack and leave it running; .run/stack.json says where
	@$(PYTHON) -m dev.stack up

down: installed ## stop the local stack
	@$(PYTHON) -m dev.stack down

check: installed ## format, lint and types
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy

test: installed ## run the tests; ARGS=<what pytest takes> to choose
	@$(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder $(ARGS)

CAMPAIGN := tests/faults tests/conformance/log tests/properties/core/log tests/properties/core/projections \
	tests/properties/core/domain tests/unit/core/projections tests/unit/core/processes tests/unit/core/rebuilding \
	tests/unit/core/notifications/test_process.py tests/unit/core/scanning/test_faults.py

test-faults: installed ## the long campaign (some 20 minutes): every fault, hundreds of kills, then mutate
	@ended=0; \
	$(PYTHON) -m pytest -q -n 2 --dist worksteal --timeout 1200 --durations 10 --campaign $(CAMPAIGN) || ended=1; \
	$(PYTHON) -m tests.mutants || ended=1; \
	exit $$ended

mutate: installed ## take the log's and the views' rules out, one by one, of a copy: a test must miss each
	@$(PYTHON) -m tests.mutants

fuzz: installed ## ask every operation of the API a hundred questions by chance; ARGS=--fuzz=<how many>
	@$(PYTHON) -m pytest -q -n 2 --timeout 900 --fuzz 100 $(ARGS) tests/unit/functions/test_conformance.py

soak: installed ## ten minutes of everything at once by chance, then an independent checker; SEED=<number>
	@$(PYTHON) -m tests.soak $${SEED:+"--seed=$$SEED"}

bench: installed ## measure what the performance table is made from
	@$(PYTHON) -m bench

lock: installed ## pin the newest versions that requirements*.in allow, with hashes
	@$(PYTHON) -m uv pip compile -q --upgrade --python-version "$$(cat .python-version)" --generate-hashes --no-emit-index-url requirements.in -o requirements.txt
	@$(PYTHON) -m uv pip compile -q --upgrade --python-version "$$(cat .python-version)" --generate-hashes --no-emit-index-url requirements-dev.in -o requirements-dev.txt
	@npm install --prefix dev/azurite --package-lock-only --ignore-scripts --no-audit --no-fund
