# `make` prints what there is. Every target sets up what it needs first; a second run finds it there.
# make itself exits 2 whatever a recipe's code; the code of the command is in make's "Error N".

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
ARGS ?=
# --must-run: no option that the environment adds makes a listing, of which nothing is executed, a success.
PYTEST = $(BIN)/pytest -c pyproject.toml --must-run
IN_PARALLEL = $(PYTEST) -n $${WORKERS:-$$($(PYTHON) -c 'import os; print(max(2, os.cpu_count() or 2))')}
PROMISES := $(addprefix tests/,journeys auth payments onboarding context workspaces service resilience model)

# Where nothing compiled is kept, each process compiles all of pytest's assertions again: three seconds of its time.
unexport PYTHONDONTWRITEBYTECODE
# What changes which code Python runs is not handed on: the commands would refuse it, or not be found.
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONSTARTUP PYTHONOPTIMIZE PYTHONINSPECT PYTHONWARNINGS
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help
.PHONY: help setup verify test promises soak journey load isolation corpus defects mutants bench report report-merge open up smoke doctor explore check coverage format wheels pins
.SILENT:

help: ## this table
	awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	echo "ARGS='…' is handed to the command. Without make: .venv/bin/python -m NAME --help, .venv/bin/pytest --help"

setup: ## everything that the rest needs: two environments, a browser, Redis, the report's modules
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "setup: needs Python 3.11 or newer: name one, as make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m stack.setup $(if $(filter setup,$(MAKECMDGOALS)),,--quick)

verify: setup ## everything a release needs: suites, isolation proof, load, scorecard, report
	$(RUN) reports verify $(ARGS)

test: setup ## every test there is, in parallel
	$(IN_PARALLEL) $(ARGS)

promises: setup ## the tests of RaptorFlow itself, without those of harness, gateway and prover
	$(IN_PARALLEL) $(PROMISES) $(ARGS)

soak: setup ## the whole suite with random seeds until N runs in a row are green (N=25); resumable
	$(RUN) reports soak --runs "$(or $(N),25)" $(if $(ARGS),-- $(ARGS))

journey: setup ## one journey here: J=paid_signup [VIA=browser|http] [HEADED=1]
	test -n "$(J)" || { echo "journey: name one, as make journey J=paid_signup" >&2; exit 2; }
	$(PYTEST) tests/journeys -k "$(J)" --tracing on $(if $(VIA),--via $(VIA)) $(if $(HEADED),--headed) $(ARGS)

load: setup ## Locust users until each metric is decided
	$(RUN) load $(ARGS)

corpus: setup ## the isolation prover on every schema of its corpus, of which make test tries a part, and 20,000 requests over a small pool; NAMES='…' narrows it
	$(RUN) stack run -- $(RUN) tests.isolation "{database_dsn}" $(NAMES)
	$(if $(NAMES),,$(PYTEST) -n0 tests/isolation/test_pool.py --pool-requests 20000)

isolation: setup ## proves tenant isolation: of a fresh RaptorFlow, of DSN=postgresql://…, or of TARGET=staging.toml's database
	$(if $(DSN),$(RUN) isolation "$$DSN" $(ARGS),$(if $(TARGET),$(RUN) isolation --target "$(TARGET)" \
		--config tests/isolation/raptorflow.toml $(ARGS),$(RUN) stack run -- $(RUN) reports.commands.apart "{database_dsn}" \
		$(RUN) isolation "{dsn}" --config tests/isolation/raptorflow.toml $(ARGS)))

mutants: setup ## mechanical changes of the application that a test must notice: [SAMPLE=200] [CHANGED=1: of the lines that differ from main]
	$(RUN) defects.mutants --sample $(or $(SAMPLE),200) $(if $(CHANGED),--changed) $(ARGS)

defects: setup ## breaks each rule of the contract once: a test that names the requirement must notice
	$(RUN) defects $(ARGS)

bench: setup ## how fast the harness is: medians and ratios (ARGS=NAME for one)
	$(RUN) bench $(ARGS)

report: setup ## the last run's scorecard and Allure report, drawn again and opened, until Ctrl-C
	$(RUN) reports report --open $(ARGS)

explore: setup ## requests and histories drawn at random; what goes wrong is written down, and tried by every later run
	$(PYTEST) tests/service/test_openapi.py tests/payments/test_histories.py tests/onboarding/test_histories.py -n0 --explore --examples $${EXAMPLES:-2000} $(ARGS)

report-merge: setup ## joins the runs of several machines, and judges the whole: RUNS='DIR DIR …'
	test -n "$(RUNS)" || { echo "report-merge: name the runs, as make report-merge RUNS='shards/1 shards/2'" >&2; exit 2; }
	$(RUN) reports merge $(RUNS) $(ARGS)

open: setup ## the last report as it is, in a browser, until Ctrl-C
	$(RUN) reports open $(ARGS)

up: setup ## a RaptorFlow to look at, until Ctrl-C
	$(RUN) stack up

smoke: setup ## tries a deployment once, as JSON: TARGET=FILE.toml
	test -n "$(TARGET)" || { echo "smoke: name a deployment, as make smoke TARGET=staging.toml" >&2; exit 2; }
	$(RUN) smoke "$(TARGET)" $(ARGS)

doctor: ## which programs there are, and how to get those that are missing; works where nothing is set up
	$(PYTHON) -m stack.doctor

wheels: setup ## the products that are published by themselves, as wheels in reports/out/wheels
	for folder in packaging/*/; do \
		$(RUN) pip wheel --quiet --no-deps --disable-pip-version-check --wheel-dir reports/out/wheels "$$folder" || exit 2; \
	done
	ls reports/out/wheels

PACKAGES := $(wildcard conftest.py core stack mocks drivers witness evidence fixtures isolation load reports defects bench smoke tests)
# The imports of some folders and the requirements of their environment; it speaks only when they differ.
COMPARE = said=$$($(BIN)/python -W ignore -m deptry --config requirements/deptry.toml --no-ansi $(1) \
	--requirements-files requirements/$(2).in 2>&1) || { echo "$$said" >&2; bad="$$bad requirements-of-$(2)"; }

check: setup ## formatting, lint, types, import directions, unused code, requirements: all of them, whatever the first one finds
	bad=; \
	$(BIN)/ruff format --check --quiet . || { bad="$$bad format (make format rewrites it)"; }; \
	$(BIN)/ruff check --quiet . || bad="$$bad lint"; \
	$(BIN)/mypy $(PACKAGES) || bad="$$bad types"; \
	$(BIN)/mypy --python-executable .venv-raptorflow/bin/python raptorflow || bad="$$bad types-of-raptorflow"; \
	$(BIN)/lint-imports --no-logo || bad="$$bad import-directions"; \
	$(BIN)/vulture || bad="$$bad unused-code"; \
	$(call COMPARE,$(filter-out conftest.py,$(PACKAGES)),harness); \
	$(call COMPARE,mocks,gateway); \
	$(call COMPARE,raptorflow,raptorflow); \
	test -z "$$bad" || { echo "check: not in order:$$bad" >&2; exit 1; }

coverage: setup ## how much of the harness's own code its tests reach: a figure, and pages in reports/out/coverage; no gate
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $${WORKERS:-2} $(ARGS) || echo "coverage: not every test passed; the figure is of what ran" >&2
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage html --quiet
	$(BIN)/coverage report

format: setup ## rewrites the code as `make check` wants it
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

pins: ## compiles requirements/*.in to pinned and hashed *.txt (needs uv)
	for name in harness raptorflow gateway $(patsubst requirements/%.in,%,$(wildcard requirements/apart/*.in)); do \
		uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header \
			--no-annotate requirements/$$name.in -o requirements/$$name.txt || exit 2; \
	done
