# `make run` tries the application, `make test` checks everything that can be checked.

PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
NOT_CHECKED := var/not-checked
PYTEST := $(PY) -m pytest -n 2 --dist worksteal -q
# A checkout as an operator would run it, for the checks that look at a production configuration.
PRODUCTION := env -u DEBUG -u DEMO -u DATABASE_URL -u SECRET_KEY_FILE -u ALLOWED_HOSTS \
	SECRET_KEY=0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ \
	BASE_URL=https://postmortems.example.org TRUSTED_PROXIES=1
TEMPLATES = $(shell find templates -name '*.html')

.DEFAULT_GOAL := help
.PHONY: help run test checks lint types imports templates deploy migrations audit test-postgresql test-sqlite \
	bench lock clean

help: ## Say what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# --- Trying it -------------------------------------------------------------------------------------

run: export DEBUG ?= 1
run: .venv/.run ## Serve on HOST and PORT (127.0.0.1:8000), with demo data
	@exec $(PY) manage.py serve

# --- Checking it -----------------------------------------------------------------------------------

test: .venv/.dev ## Check everything; what could not be checked is named at the end
	@mkdir -p var && rm -f $(NOT_CHECKED)
	@$(MAKE) --no-print-directory --keep-going checks

checks: lint types imports templates deploy migrations audit test-postgresql test-sqlite

lint: .venv/.dev ## Style of the Python code
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.dev ## Types
	$(BIN)/mypy

imports: .venv/.dev ## Direction of the imports
	$(BIN)/lint-imports --no-cache

templates: .venv/.dev ## Style of the templates
	@$(BIN)/djade --check $(TEMPLATES)
	$(BIN)/djlint --lint --quiet templates

deploy: .venv/.dev ## Django's checks of a production configuration
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

migrations: .venv/.dev ## Models and migrations agree
	@$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run

audit: .venv/.dev ## Published vulnerabilities of the pinned packages
	@$(PY) -m tests.audit requirements-dev.txt || { status=$$?; test $$status -eq 3 && mkdir -p var && \
		echo "vulnerabilities of the packages: needs the public package index" >> $(NOT_CHECKED); }

test-postgresql: .venv/.dev ## Tests that use the database, on PostgreSQL
	$(PY) -m tests.postgresql $(PYTEST) --database-only

test-sqlite: .venv/.dev ## All tests, on SQLite, with a browser where one is found
	env -u DATABASE_URL NOT_CHECKED=$(NOT_CHECKED) $(PYTEST)

bench: .venv/.dev ## The promised figures, measured
	$(PY) -m tests.bench

# --- Keeping it ------------------------------------------------------------------------------------

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.python requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@touch $@

.venv/.dev: .venv/.python requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@

lock: .venv/.python ## Pin the newest versions that requirements*.in allow, by hash
	$(PY) -m pip install --quiet uv
	for name in requirements requirements-dev; do \
		$(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links $$name.in --output-file $$name.txt || exit 1; \
	done

clean: ## Remove what can be made again; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis var/static
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
