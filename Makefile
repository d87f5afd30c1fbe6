# The commands of zohosync. `make demo` and `make test` need nothing but Python 3.11+, venv and make.

PYTHON ?= python3
PORT ?= 8000
SANDBOX_PORT ?= 9400
ACCOUNTS ?= 1000
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check)
# Each stamp is as old as the last installation of its requirements file.
RUN := .venv/.installed
DEV := .venv/.installed-dev

.PHONY: help demo install test check pictures bench faults requirements clean

help:
	@echo "make demo          install, start the sandbox, run the first sync, serve until Ctrl-C"
	@echo "make demo ONCE=1   the same without serving; PORT=, SANDBOX_PORT=, ACCOUNTS= as wished"
	@echo "make test          all tests, on SQLite and PostgreSQL; ARGS= goes to pytest"
	@echo "make check         linter, formatter, types, migrations, deployment settings"
	@echo "make pictures      the README's pictures, made by the journey in the browser"
	@echo "make bench         the benchmarks; FULL=1 for the large sizes, SECTIONS= for some"
	@echo "make install       .venv with what the product needs"
	@echo "make requirements  compile the pinned requirements files"

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "zohosync needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv

$(RUN): requirements.txt | .venv/bin/python
	$(INSTALL) -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUN) | .venv/bin/python
	$(INSTALL) -r requirements-dev.txt
	@touch $@

install: $(RUN)

.env: | $(RUN)
	@$(BIN)/python -m zohosync.env_file .env

demo: $(RUN) .env
	@exec $(BIN)/python manage.py demo --port $(PORT) --sandbox-port $(SANDBOX_PORT) --accounts $(ACCOUNTS) $(if $(ONCE),--once)

test: $(DEV)
	@exec $(BIN)/python -m tests.run $(ARGS)

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy manage.py zohosync integrations mappings reports tests bench
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	@exec env ENV_FILE= DEBUG=off HTTPS= ALLOWED_HOSTS=zohosync.example.org DATABASE_URL=postgres://zohosync@127.0.0.1/zohosync \
		SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		FIELD_ENCRYPTION_KEYS="$$($(BIN)/python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())')" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

pictures: $(DEV)
	@mkdir -p docs/images
	@exec env PICTURES=docs/images $(BIN)/python -m pytest -q tests/screens/test_journey.py -k mouse

bench: $(DEV)
	@exec $(BIN)/python -m bench $(if $(FULL),--full) $(SECTIONS)

faults: $(DEV)
	@echo "make faults is not available yet" >&2; exit 2

requirements: $(DEV)
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-annotate --no-header --output-file requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-annotate --no-header --output-file requirements-dev.txt requirements-dev.in

clean:
	rm -rf .mypy_cache .pytest_cache .ruff_cache var/static
