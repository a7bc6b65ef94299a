# Everything happens in .venv, which is made when it is missing and brought up to date when a requirements file changes.
# `make help` tells of the targets that have a `##`.

SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet --quiet
# Python keeps what it compiled, also where the shell says not to: each worker and each started process saves seconds.
PYTEST := PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest
WORKERS ?= 2
BROWSER_TESTS = $(shell find tests/e2e -name 'test_*.py' 2>/dev/null)

.PHONY: help run dev shell core test quick check proof mutants messages transitions requirements clean browser screenshots \
	screens
.DELETE_ON_ERROR:

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: .venv/.runtime ## the demo on http://127.0.0.1:8000; ARGS=--reset begins again
	@.venv/bin/python -m portal demo $(ARGS)

dev: .venv/.runtime ## the demo, started again when a file changes, with what each page cost at its foot
	@.venv/bin/python -m docs.reload --debug $(ARGS)

shell: .venv/.dev ## Python with await, and the cast in a database of its own
	@.venv/bin/python -m docs.shell

# The browser's tests are a pytest call of their own: once Playwright has a loop, no other test can have one. A file of them
# shares a demo, so it stays with one worker; in their order, for the few tests that walk every page are the longest.
# The client is generated from what the API says of itself, so it is made again when that changes.
CLIENT := examples/portal_client
CLIENT_FROM := $(wildcard portal/web/api/openapi*.py portal/domain/conduct/event_*.py) examples/core/client.yaml
core: $(CLIENT)/.made ## the lender's core of examples/ beside the demo: PORTAL_KEY=… make core ARGS="follow --on"
	@PYTHONPATH=examples .venv/bin/python -m core $(ARGS)

$(CLIENT)/.made: $(CLIENT_FROM) | .venv/.dev
	@echo "Generating a client from the OpenAPI document."
	@.venv/bin/python -m portal schema openapi > .venv/openapi.json
	@.venv/bin/openapi-python-client generate --path .venv/openapi.json --config examples/core/client.yaml \
		--meta none --overwrite --output-path $(CLIENT) --fail-on-warning >/dev/null
	@touch $@

test: ## the whole suite; T=tests/pages/test_pay.py that alone, K=penalty what has that in its name
ifeq ($(T)$(K),)
test: .venv/.dev browser
	$(PYTEST) tests --ignore=tests/e2e -n $(WORKERS)
	$(if $(BROWSER_TESTS),$(PYTEST) tests/e2e -n $(WORKERS) --dist loadfile --no-loadscope-reorder,@echo "tests/e2e is empty.")
else
test: .venv/.dev $(if $(findstring tests/e2e,$(T)),browser)
	$(PYTEST) $(or $(T),tests --ignore=tests/e2e) $(if $(K),-k "$(K)") $(if $(findstring .py,$(T)),,-n $(WORKERS))
endif

# In under a minute on two idle cores: every rule of money, each act, and the pages on which people act. Without browser,
# PostgreSQL, servers and processes, and without what walks everything or counts many lives a second time.
QUICK_PAGES := invitations sign_in plan pay proposal sign counter complaints waivers
QUICK := $(filter-out tests/test_queries.py,$(wildcard tests/test_*.py)) tests/domain tests/oracle tests/actions $(QUICK_PAGES:%=tests/pages/test_%.py)
SLOW := tests/actions/test_machine.py tests/domain/test_every_history.py tests/domain/test_naive*.py
quick: .venv/.dev ## in under a minute: the rules of money, the acts, and the pages people act on
	$(PYTEST) $(QUICK) $(SLOW:%=--ignore-glob=%) -m "not postgres and not proof" -n $(WORKERS)

check: .venv/.dev ## lint, types, templates and import contracts
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy --strict portal $(wildcard asgi.py)
	.venv/bin/djlint --lint --quiet templates
	.venv/bin/lint-imports --no-logo

# One mistake after the other is made in a copy of the domain, and the tests must notice nine of ten.
mutants: .venv/.dev ## mistakes made in the domain, and which of them no test notices; SAMPLE=300 so many of them
	WORKERS=$(WORKERS) SAMPLE=$(SAMPLE) .venv/bin/python -m tests.mutants $(MODULES)

# The long proofs, one after the other, or one of them: `make proof PART=domain`. A part is made to take less than twenty
# minutes on two cores: a folder of tests, `lighthouse`, or `mutants`, which takes its MODULES a few at a time.
PARTS := actions api commands year domain faults upgrade e2e lighthouse mutants
proof: $(addprefix proof-,$(or $(PART),$(PARTS))) ## what takes minutes and nothing else runs; PART=domain one of them
proof-mutants: mutants ;
proof-lighthouse: .venv/.dev browser
	$(PYTEST) tests/e2e/test_lighthouse.py -m proof -n $(WORKERS)
proof-e2e: .venv/.dev browser
	$(PYTEST) tests/e2e --ignore=tests/e2e/test_lighthouse.py -m proof -n $(WORKERS)
proof-%: .venv/.dev
	$(PYTEST) tests/$* -m proof -n $(WORKERS)

clean: ## takes away .venv and all caches
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# For whoever writes or changes a message: collects them all; what has no Chinese yet is left empty, and a test says so.
CATALOGUE := portal/locale/zh_CN/LC_MESSAGES/portal.po
messages: .venv/.dev ## collects the messages of code and templates into the Chinese catalogue
	.venv/bin/pybabel -q extract -F babel.toml -k N_ -k plural:1,2 --no-location --sort-output --omit-header -o .venv/messages.pot .
	.venv/bin/pybabel -q update -i .venv/messages.pot -o $(CATALOGUE) -l zh_CN --no-fuzzy-matching --ignore-obsolete \
		--no-wrap --omit-header

# For whoever changes what a page looks like: the picture of the README, taken from the demo.
screenshots: .venv/.dev browser ## the picture of the README
	.venv/bin/python -m docs.screenshot docs/screenshot.png

# For reviewers: every page and state of the cast, in both languages and two widths, on a contact sheet in screens/.
screens: .venv/.dev browser ## every page and state on a contact sheet in screens/
	.venv/bin/python -m docs.screens

# For whoever changes the moves of a proposal: their picture. A test says when it is of before.
transitions: .venv/.dev ## the picture of the moves of a proposal, docs/transitions.md
	.venv/bin/python -m docs.transitions

# For whoever changes a requirements*.in: `uv` has to be on the PATH.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
requirements: ## requirements*.txt from requirements*.in
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt
	! grep -E 'https?://|file://' requirements.txt requirements-dev.txt

# Debian's python3 has pip and no ensurepip: the pip that is there puts one into .venv.
WITHOUT_ENSUREPIP = "$(PYTHON)" -m venv --clear --without-pip .venv \
	&& "$(PYTHON)" -m pip --disable-pip-version-check --quiet --python .venv/bin/python install pip

.venv/.made:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear .venv 2>/dev/null || { $(WITHOUT_ENSUREPIP); }
	@touch $@

.venv/.runtime: requirements.txt | .venv/.made
	@echo "Installing what the portal runs on; this happens once."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt | .venv/.made
	@echo "Installing what the tests need; this happens once."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

browser: .venv/.dev
	@$(FIND_BROWSER) >/dev/null 2>&1 || { $(INSTALL_BROWSER); } && $(FIND_BROWSER) >/dev/null

FIND_BROWSER := .venv/bin/python -m tests.browser_binary
define INSTALL_BROWSER
echo "Installing Chromium; this happens once."; \
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get -qq update </dev/null; \
	for shell in chromium-headless-shell chromium; do \
		apt-get -qq install -y --no-install-recommends $$shell fonts-noto-cjk </dev/null && break; \
	done; \
	$(FIND_BROWSER) >/dev/null 2>&1 || .venv/bin/playwright install --with-deps chromium; \
else \
	.venv/bin/playwright install chromium; \
fi
endef
