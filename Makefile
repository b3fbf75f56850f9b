# `make` prints what there is. Every target sets up what it needs first; a second run finds it there.
# make itself exits 2 whatever a recipe's code; the code of the command is in make's "Error N".

override VERDICTS := verify test promises soak journey load corpus isolation mutants defects bench explore report-merge smoke check
PYTHON ?= python3
override SHELL := /bin/sh
override .SHELLFLAGS := -c

# What the environment sets (MAKEFLAGS=i, ARGS exported) must not make a green light of a red one, or of nothing.
# i, t and q end in 0 whatever happened; e lets the environment replace what is run. -n prints, and says so in the end.
override ASKED := $(filter $(VERDICTS),$(MAKECMDGOALS))
$(if $(filter-out default undefined,$(origin MAKECMDGOALS)),$(error MAKECMDGOALS is make's own: unset it))
override FLAGS := $(firstword -$(MAKEFLAGS))
override UNSAFE := $(strip $(foreach flag,i t q e,$(findstring $(flag),$(FLAGS))))
$(if $(ASKED),$(if $(UNSAFE),$(error make -$(UNSAFE) (or MAKEFLAGS) would hide what $(ASKED) says: leave it out, unset MAKEFLAGS)))
$(if $(ASKED),$(if $(MAKEFILES)$(filter --eval%,$(MAKEFLAGS)),$(error MAKEFILES and --eval bring rules that $(ASKED) does not know: unset them)))
override DRY := $(findstring n,$(FLAGS))
# The last line of each goal that gives a verdict; the plus has it run with -n too.
override DONE = $(if $(DRY),+echo "make -n: nothing was run: that is no evidence" >&2; exit 4)

# What a goal can be told, on make's command line only.
override TOLD := ARGS DSN TARGET N J VIA HEADED NAMES SAMPLE CHANGED RUNS WORKERS EXAMPLES
override IGNORED := $(strip $(foreach name,$(TOLD),$(if $(filter environment%,$(origin $(name))),$(name))))
$(foreach name,$(IGNORED),$(eval override $(name) :=))
$(if $(ASKED),$(if $(IGNORED),$(warning $(IGNORED): set in the environment, and ignored; write it behind make $(ASKED))))

override BIN := .venv/bin
override RUN := $(BIN)/python -m
# Hands ARGS on without a shell reading them: `ARGS='… || true'` changes no exit code.
override HAND := $(RUN) core.words
# --must-run: no option that the environment adds makes a listing, of which nothing is executed, a success.
override PYTEST := $(BIN)/pytest -c pyproject.toml --must-run
override IN_PARALLEL = $(PYTEST) -n "$${WORKERS:-$$($(PYTHON) -c 'import os; print(max(2, os.cpu_count() or 2))')}"
override PROMISES := $(addprefix tests/,journeys auth payments onboarding context workspaces service resilience model)

# Where nothing compiled is kept, each process compiles all of pytest's assertions again: three seconds of its time.
unexport PYTHONDONTWRITEBYTECODE
# What changes which code Python runs is not handed on: the commands would refuse it, or not be found.
unexport PYTHONHOME PYTHONPATH PYTHONPYCACHEPREFIX PYTHONSAFEPATH PYTHONSTARTUP PYTHONOPTIMIZE PYTHONINSPECT PYTHONWARNINGS
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
	$(HAND) $(RUN) reports verify
	$(DONE)

test: setup ## every test there is, in parallel
	$(HAND) $(IN_PARALLEL)
	$(DONE)

promises: setup ## the tests of RaptorFlow itself, without those of harness, gateway and prover
	$(HAND) $(IN_PARALLEL) $(PROMISES)
	$(DONE)

soak: setup ## the whole suite with random seeds until N runs in a row are green (N=25); resumable
	$(HAND) $(RUN) reports soak --runs "$${N:-25}" $(if $(ARGS),--)
	$(DONE)

journey: setup ## one journey here: J=paid_signup [VIA=browser|http] [HEADED=1]
	test -n "$$J" || { echo "journey: name one, as make journey J=paid_signup" >&2; exit 2; }
	$(HAND) $(PYTEST) tests/journeys -k "$$J" --tracing on $(if $(VIA),--via "$$VIA") $(if $(HEADED),--headed)
	$(DONE)

load: setup ## Locust users until each metric is decided
	$(HAND) $(RUN) load
	$(DONE)

corpus: setup ## the isolation prover on every schema of its corpus, of which make test tries a part, and 20,000 requests over a small pool; NAMES='…' narrows it
	$(RUN) stack run -- $(RUN) tests.isolation "{database_dsn}" $$NAMES
	$(if $(NAMES),,$(PYTEST) -n0 tests/isolation/test_pool.py --pool-requests 20000)
	$(DONE)

isolation: setup ## proves tenant isolation: of a fresh RaptorFlow, of DSN=postgresql://…, or of TARGET=staging.toml's database
	$(HAND) $(if $(DSN),$(RUN) isolation "$$DSN",$(if $(TARGET),$(RUN) isolation --target "$$TARGET" \
		--config tests/isolation/raptorflow.toml,$(RUN) stack run -- $(RUN) reports.commands.apart "{database_dsn}" \
		$(RUN) isolation "{dsn}" --config tests/isolation/raptorflow.toml))
	$(DONE)

mutants: setup ## mechanical changes of the application that a test must notice: [SAMPLE=200] [CHANGED=1: of the lines that differ from main]
	$(HAND) $(RUN) defects.mutants --sample "$${SAMPLE:-200}" $(if $(CHANGED),--changed)
	$(DONE)

defects: setup ## breaks each rule of the contract once: a test that names the requirement must notice
	$(HAND) $(RUN) defects
	$(DONE)

bench: setup ## how fast the harness is: medians and ratios (ARGS=NAME for one)
	$(HAND) $(RUN) bench
	$(DONE)

report: setup ## the last run's scorecard and Allure report, drawn again and opened, until Ctrl-C
	$(HAND) $(RUN) reports report --open

explore: setup ## requests and histories drawn at random; what goes wrong is written down, and tried by every later run
	$(HAND) $(PYTEST) tests/service/test_openapi.py tests/payments/test_histories.py tests/onboarding/test_histories.py -n0 --explore --examples "$${EXAMPLES:-2000}"
	$(DONE)

report-merge: setup ## joins the runs of several machines, and judges the whole: RUNS='DIR DIR …'
	test -n "$$RUNS" || { echo "report-merge: name the runs, as make report-merge RUNS='shards/1 shards/2'" >&2; exit 2; }
	$(HAND) $(RUN) reports merge $$RUNS
	$(DONE)

open: setup ## the last report as it is, in a browser, until Ctrl-C
	$(HAND) $(RUN) reports open

up: setup ## a RaptorFlow to look at, until Ctrl-C
	$(RUN) stack up

smoke: setup ## tries a deployment once, as JSON: TARGET=FILE.toml
	test -n "$$TARGET" || { echo "smoke: name a deployment, as make smoke TARGET=staging.toml" >&2; exit 2; }
	$(HAND) $(RUN) smoke "$$TARGET"
	$(DONE)

doctor: ## which programs there are, and how to get those that are missing; works where nothing is set up
	$(PYTHON) -m stack.doctor

wheels: setup ## the products that are published by themselves, as wheels in reports/out/wheels
	for folder in packaging/*/; do \
		$(RUN) pip wheel --quiet --no-deps --disable-pip-version-check --wheel-dir reports/out/wheels "$$folder" || exit 2; \
	done
	ls reports/out/wheels

override PACKAGES := $(wildcard conftest.py core stack mocks drivers witness evidence fixtures isolation load reports defects bench smoke tests)
# The imports of some folders and the requirements of their environment; it speaks only when they differ.
override COMPARE = said=$$($(BIN)/python -W ignore -m deptry --config requirements/deptry.toml --no-ansi $(1) \
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
	$(DONE)

coverage: setup ## how much of the harness's own code its tests reach: a figure, and pages in reports/out/coverage; no gate
	$(BIN)/coverage erase
	$(HAND) $(BIN)/coverage run -m pytest -n "$${WORKERS:-2}" || echo "coverage: not every test passed; the figure is of what ran" >&2
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
