# `make` lists what there is to do. Everything happens in .venv/ and .medallion/, both git-ignored.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The interpreter that the environment is made with: 3.11 or newer.
PYTHON ?= python3
UV_VERSION := 0.13.8
VENV := .venv
BIN := $(VENV)/bin
# A stamp says which lock file the environment was last brought in step with.
RUN_STAMP := $(VENV)/.installed-requirements
DEV_STAMP := $(VENV)/.installed-requirements-dev
BENCH_STAMP := $(VENV)/.installed-requirements-bench
# Superset wants other versions of what Medallion stands on: an environment of its own.
ML_VENV := $(CURDIR)/.medallion/ml/venv
CONTRACTS_VENV := $(CURDIR)/.medallion/contracts/venv
ML_STAMP := $(ML_VENV)/.installed-requirements
CONTRACTS_STAMP := $(CONTRACTS_VENV)/.installed
# What loads the tables that the source dlt is tested on: tests/sources/dlt/test_written_by_dlt.py.
DLT_VENV := $(CURDIR)/.medallion/dlt/venv
DLT_STAMP := $(DLT_VENV)/.installed
# Airflow with Celery, for a stack that runs its tasks in workers: make up EXECUTOR=celery.
CELERY_VENV := $(CURDIR)/.medallion/celery/venv
CELERY_STAMP := $(CELERY_VENV)/.installed-requirements
PODS_VENV := $(CURDIR)/.medallion/pods/venv
PODS_STAMP := $(PODS_VENV)/.installed-requirements
# What tasks and Spark's workers need for engine: spark, with what the tests need.
SPARK_VENV := $(CURDIR)/.medallion/spark/venv
SPARK_STAMP := $(SPARK_VENV)/.installed-requirements
# Other readers of lake tables, which read back what is published.
READERS_VENV := $(CURDIR)/.medallion/readers/venv
READERS_STAMP := $(READERS_VENV)/.installed-requirements
SUPERSET_VENV := $(CURDIR)/.medallion/superset/venv
SUPERSET_STAMP := $(SUPERSET_VENV)/.installed-requirements
# Who writes the documentation needs no Airflow, and who runs Airflow no Sphinx.
DOCS_VENV := $(CURDIR)/.medallion/docs/venv
DOCS_STAMP := $(DOCS_VENV)/.installed-requirements
DOCS_SITE := $(CURDIR)/.medallion/docs/site/index.html
DOCS_SOURCES := $(shell find README.md CONTRIBUTING.md CHANGELOG.md bench/README.md bench/results.md docs docsite -type f \
	-not -name '*.mo' -not -path '*/__pycache__/*' 2>/dev/null)

VSCODE_EXTENSIONS ?= $(HOME)/.vscode/extensions
VSCODE_PLACE = $(VSCODE_EXTENSIONS)/medallion.medallion-0.1.0

# make up ENV=alice: the stack of an environment (docs/environments.md). A shell's own ENV is another.
ifeq ($(origin ENV),command line)
export MEDALLION_ENV := $(ENV)
endif

export PYTHONPATH := $(CURDIR)/plugins
# Never the settings of another Airflow on this machine.
export AIRFLOW_HOME := $(CURDIR)/.medallion/airflow

MEDALLION := $(BIN)/python -m medallion.cli
STACK := $(BIN)/python -m medallion.local

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environment ---------------------------------------------------------------------------

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@echo "→ creating $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# A larger set contains the smaller ones, with the same pins.
$(RUN_STAMP) $(DEV_STAMP) $(BENCH_STAMP): $(VENV)/.installed-%: %.txt | $(BIN)/uv
	@echo "→ installing $< (compiled to bytecode, so that tasks start fast)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r $<
	@touch $@

# So that `.venv/bin/python -m medallion.cli` finds the package in any terminal.
FOUND := $(VENV)/.finds-medallion
$(FOUND): | $(BIN)/uv
	@echo "$(CURDIR)/plugins" \
		> "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/medallion.pth"
	@touch $@

.PHONY: env dev-env
env: $(RUN_STAMP) $(FOUND) ## Create or update .venv from requirements.txt
dev-env: $(DEV_STAMP) $(FOUND) ## The same, with what tests and linters need

$(ML_STAMP): ml/requirements.txt | $(BIN)/uv
	@echo "→ installing MLflow into $(ML_VENV)"
	@test -x $(ML_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(ML_VENV)
	@$(BIN)/uv pip sync --quiet --python $(ML_VENV)/bin/python --compile-bytecode $<
	@touch $@

$(CONTRACTS_STAMP): tests/workbench/contracts/live/requirements.txt | $(BIN)/uv
	@echo "→ installing datacontract-cli into $(CONTRACTS_VENV)"
	@test -x $(CONTRACTS_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(CONTRACTS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(CONTRACTS_VENV)/bin/python --compile-bytecode $<
	@touch $@

$(DLT_STAMP): tests/sources/dlt/requirements.txt | $(BIN)/uv
	@echo "→ installing dlt into $(DLT_VENV)"
	@test -x $(DLT_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(DLT_VENV)
	@$(BIN)/uv pip sync --quiet --python $(DLT_VENV)/bin/python --compile-bytecode $<
	@touch $@

$(CELERY_STAMP): requirements-celery.txt | $(BIN)/uv
	@echo "→ installing Airflow with Celery into $(CELERY_VENV)"
	@test -x $(CELERY_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(CELERY_VENV)
	@$(BIN)/uv pip sync --quiet --python $(CELERY_VENV)/bin/python --compile-bytecode $<
	@touch $@

$(PODS_STAMP): tests/executors/requirements.txt | $(BIN)/uv
	@echo "→ installing Airflow with Kubernetes' client into $(PODS_VENV)"
	@test -x $(PODS_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(PODS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(PODS_VENV)/bin/python --compile-bytecode $<
	@touch $@

$(SUPERSET_STAMP): superset/requirements.txt | $(BIN)/uv
	@echo "→ installing Superset into $(SUPERSET_VENV)"
	@test -x $(SUPERSET_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(SUPERSET_VENV)
	@$(BIN)/uv pip sync --quiet --python $(SUPERSET_VENV)/bin/python --compile-bytecode $<
	@touch $@

$(DOCS_STAMP): docsite/requirements.txt | $(BIN)/uv
	@echo "→ installing what builds the documentation into $(DOCS_VENV)"
	@test -x $(DOCS_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(DOCS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(DOCS_VENV)/bin/python --compile-bytecode $<
	@touch $@

$(SPARK_STAMP): requirements-dev.txt requirements-spark.txt | $(BIN)/uv
	@echo "→ installing Spark into $(SPARK_VENV)"
	@test -x $(SPARK_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(SPARK_VENV)
	@$(BIN)/uv pip sync --quiet --python $(SPARK_VENV)/bin/python --compile-bytecode $^
	@touch $@

$(READERS_STAMP): tests/readers/requirements.txt | $(BIN)/uv
	@echo "→ installing other readers of lake tables into $(READERS_VENV)"
	@test -x $(READERS_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(READERS_VENV)
	@$(BIN)/uv pip sync --quiet --python $(READERS_VENV)/bin/python $<
	@touch $@

.PHONY: superset-env
superset-env: $(SUPERSET_STAMP)

HASHED = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	--no-annotate --generate-hashes --custom-compile-command "make lock"
.PHONY: lock
lock: | $(BIN)/uv ## Resolve requirements*.in into requirements*.txt again
	@for set in requirements requirements-celery requirements-kubernetes requirements-dev requirements-full requirements-spark requirements-bench superset/requirements ml/requirements \
			docsite/requirements tests/workbench/contracts/live/requirements tests/executors/requirements \
			tests/sources/dlt/requirements tests/readers/requirements; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url \
			--no-emit-find-links --custom-compile-command "make lock" $$set.in -o $$set.txt; \
	done
	@# The images take the same with the digest of each file: what is built tomorrow is what was built today.
	@for set in requirements requirements-celery requirements-kubernetes requirements-full superset/requirements docsite/requirements; do \
		case $$set in */*) of=$${set%/*} ;; *) of=$${set#requirements}; of=$${of#-} ;; esac; \
		$(HASHED) $$set.txt -o deploy/docker/requirements$${of:+-$$of}.txt; \
	done
	@echo "uv==$(UV_VERSION)" | $(HASHED) - -o deploy/docker/uv.txt

# What a lock installs and nothing else: what is in a product's bill of materials. SBOM_OF=requirements-celery.txt is
# that of the image with Celery, SBOM_OF=superset/requirements.txt that of Superset's.
SBOM_VENV := $(CURDIR)/.medallion/sbom/venv
SBOM_OF ?= requirements.txt
SBOM = $(CURDIR)/.medallion/sbom/$(if $(filter requirements.txt,$(SBOM_OF)),medallion,$(subst /,-,$(SBOM_OF:.txt=))).cdx.json
.PHONY: sbom licences
sbom: | $(BIN)/uv ## Write the bill of materials (CycloneDX) of what a lock installs (SBOM_OF=requirements.txt)
	@test -x $(SBOM_VENV)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(SBOM_VENV)
	@$(BIN)/uv pip sync --quiet --python $(SBOM_VENV)/bin/python $(SBOM_OF)
	@$(BIN)/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py environment \
		--output-reproducible --output-format JSON --output-file $(SBOM) $(SBOM_VENV)
	@echo "→ $(SBOM)"

licences: sbom ## Write docs/third-party.md: the licence of each package of requirements.txt
	@$(BIN)/python deploy/sbom/licences.py $(SBOM) > docs/third-party.md

.PHONY: wheel
wheel: | $(BIN)/uv ## Build the wheel, for an Airflow that is already there, into dist/
	@$(BIN)/uv build --quiet --wheel --clear --out-dir dist
	@ls dist/*.whl

# --- using it ------------------------------------------------------------------------------

.PHONY: demo validate plan
# DOMAIN=finance shows the bank's instead.
demo: env ## Run the cinema demo from source to gold and show the tables
	@$(MEDALLION) demo $(DOMAIN)

validate: env ## Check every spec, all problems at once
	@$(MEDALLION) validate

plan: env ## Show what the specs become: steps, tables, edges
	@$(MEDALLION) plan

.PHONY: maintenance
maintenance: env ## Delete what the specs do not keep any longer (retention), and leftovers
	@$(MEDALLION) maintenance

.PHONY: psql
psql: env ## Open a psql session on the local warehouse (needs PostgreSQL's psql)
	@$(MEDALLION) psql

.PHONY: docs docs-build vscode
vscode: ## The extension for VS Code, which starts the language server: into VSCODE_EXTENSIONS
	@command -v npm > /dev/null || { echo "npm is needed: install Node.js 20 or newer"; exit 1; }
	@cd editors/vscode && npm ci --silent --no-fund --no-audit && npm run --silent build
	@mkdir -p "$(VSCODE_PLACE)" && rm -rf "$(VSCODE_PLACE)"/*
	@cp -r editors/vscode/package.json editors/vscode/README.md editors/vscode/dist LICENSE "$(VSCODE_PLACE)"
	@echo "Medallion's extension is in $(VSCODE_PLACE): start VS Code again."

docs: $(DOCS_STAMP) ## Build the documentation as a site, and serve it on this machine
	@$(DOCS_VENV)/bin/python -m docsite serve

docs-build: $(DOCS_STAMP) ## Build it, in English and French, and check every link
	@$(DOCS_VENV)/bin/python -m docsite build

$(DOCS_SITE): $(DOCS_SOURCES) $(DOCS_STAMP)
	@$(DOCS_VENV)/bin/python -m docsite build

.PHONY: up bi down status logs
# Where Superset is set up, it is part of the stack, and its environment follows its lock.
# EXECUTOR=celery runs tasks in two workers, EXECUTOR=local as the scheduler's processes again; it is remembered.
EXECUTOR ?=
up: env $(if $(wildcard $(SUPERSET_VENV)),$(SUPERSET_STAMP)) \
		$(if $(filter celery,$(EXECUTOR))$(wildcard $(CELERY_VENV)),$(CELERY_STAMP)) ## Start Airflow (UI, scheduler, DAG processor, triggerer) on the local database
	@$(MAKE) --no-print-directory $(DOCS_SITE) \
		|| echo "→ Airflow starts without its documentation: make docs-build says why"
	@$(STACK) up $(if $(EXECUTOR),--executor $(EXECUTOR) --environment $(CELERY_VENV))

bi: env $(SUPERSET_STAMP) ## The same with Superset; `make up` starts it too from then on
	@$(STACK) bi --environment $(SUPERSET_VENV)

down: env ## Stop all of it
	@$(STACK) down

status: env ## Say what runs, and where
	@$(STACK) status || test $$? -eq 3

logs: ## Follow the logs of the local stack (Ctrl-C ends it)
	@tail -n 20 -F .medallion/$(if $(MEDALLION_ENV),environments/$(MEDALLION_ENV)/)logs/*.log

.PHONY: compose-env
# MONITORING=1 switches Prometheus, Grafana and what feeds them on (docs/monitoring.md), BI=1 Superset
# (docs/bi.md), BACKUP=1 a backup a day, CELERY=1 two workers for the tasks (docs/deployment.md).
compose-env: ## Write secrets/ with generated passwords, and .env, for docker compose
	@MONITORING=$(MONITORING) BI=$(BI) BACKUP=$(BACKUP) CELERY=$(CELERY) $(PYTHON) -m medallion.local.compose

.PHONY: chart-secrets
# For the servers of the chart itself; CELERY=1, BI=1 and TMDB_TOKEN as for compose-env.
RELEASE ?= medallion
chart-secrets: ## Write the Secrets of deploy/helm's chart, with generated passwords: docs/kubernetes.md
	@BI=$(BI) CELERY=$(CELERY) $(PYTHON) -m medallion.local.kubernetes $(RELEASE)

.PHONY: image scan push rehearsal
# The container engine, what the image is called, and what a build needs here (podman: --isolation=chroot).
ENGINE ?= docker
IMAGE ?= medallion:local
DOCKERFILE ?= deploy/docker/Dockerfile
BUILD_FLAGS ?=
BASE_IMAGE ?=
REQUIREMENTS ?= requirements.txt
VERSION ?= $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' plugins/medallion/__init__.py)
REVISION := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
image: ## Build the image of deploy/docker (IMAGE=…, ENGINE=podman, BASE_IMAGE=… of a mirror)
	@$(ENGINE) build $(BUILD_FLAGS) $(if $(BASE_IMAGE),--build-arg BASE_IMAGE=$(BASE_IMAGE)) \
		$(if $(findstring superset,$(DOCKERFILE)),,--build-arg REQUIREMENTS=$(REQUIREMENTS)) \
		--build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) \
		--file $(DOCKERFILE) --tag $(IMAGE) .

# Run in a container of its own: nothing is installed, and the image is read through the engine's socket.
GRYPE := anchore/grype:v0.117.0@sha256:ddf9e9f204049f3a4a0955ef70873cabab6a31432125ad4f20a490b54950a253
# What the image is called in a registry: medallion-superset:local becomes medallion-superset there.
NAME ?= $(firstword $(subst :, ,$(notdir $(IMAGE))))
SCANNER ?= $(ENGINE) run --rm --volume /var/run/docker.sock:/var/run/docker.sock:ro $(GRYPE)
scan: ## Look for known vulnerabilities in it; a serious one that can be corrected ends with an error
	@$(SCANNER) $(IMAGE) --only-fixed --fail-on high

push: ## Push it: make push REGISTRY=registry.example.org/team
	@test -n "$(REGISTRY)" || { echo "make push REGISTRY=registry.example.org/team"; exit 2; }
	@$(ENGINE) tag $(IMAGE) $(REGISTRY)/$(NAME):$(VERSION)
	@$(ENGINE) push $(REGISTRY)/$(NAME):$(VERSION)

# Some 25 minutes, and 10 GB of disk for a while: no part of `make test`. INSTALL=1 installs an engine first.
rehearsal: ## Build the images, run docker-compose.yaml on this machine, and show what ran
	@$(if $(INSTALL),deploy/rehearsal/install.sh)
	@$(PYTHON) deploy/rehearsal

# --- checking it ---------------------------------------------------------------------------

.PHONY: test suite-kill suite-bi suite-ml suite-wheel suite-contracts suite-executors suite-failover suite-readers drill lint types arch
# PYTEST_ARGS="-k publish -x" narrows it down.
# A file's tests stay together: they share the servers that they start. tests/conftest.py says which
# files come first.
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder --durations 20
# Suites of their own take minutes, and run where what they cover has changed: .ci/suites.py.
KILL := tests/steps/test_kill_matrix.py
# A few ways in the main run, 25 in the suite of its own.
ORDERS := tests/steps/test_any_order.py
BI := tests/bi/live
ML := tests/ml
WHEEL := tests/wheel
CONTRACTS := tests/workbench/contracts/live
EXECUTORS := tests/executors
FAILOVER := tests/failover
PAIRS := tests/executors/test_pairs.py
SPARK := tests/spark
READERS := tests/readers
# Each cleaning of these runs on both engines, which have to agree: tests/spark/both_engines.py.
CLEANING := tests/cleaning tests/steps/clean tests/sources/formats/test_exact_parquet.py tests/steps/test_hostile_files.py \
	tests/steps/test_files.py tests/steps/test_shaped_files.py tests/steps/test_same_values.py \
	tests/steps/test_drifting_files.py tests/steps/test_later_values.py tests/steps/test_database.py \
	tests/steps/test_personal_data.py
test: dev-env $(DOCS_STAMP) $(DLT_STAMP) ## Run all tests but the suites of their own
	@$(BIN)/python -m pytest --ignore $(KILL) --ignore $(BI) --ignore $(ML) --ignore $(WHEEL) \
		--ignore $(CONTRACTS) --ignore $(EXECUTORS) --ignore $(FAILOVER) --ignore $(SPARK) --ignore $(READERS) $(PYTEST_ARGS)

suite-kill: dev-env ## Kill each step everywhere and run it again; run days in many orders: one suite
	@$(BIN)/python -m pytest -n auto --dist load --durations 5 $(KILL)
	@MEDALLION_EXAMPLES=25 $(BIN)/python -m pytest -n auto --dist load $(ORDERS)
	@$(BIN)/python .ci/suites.py passed kill

suite-bi: dev-env ## The BI assets and their sync on a real Superset, as one suite of its own
	@$(BIN)/python -m pytest -n 0 --durations 10 $(BI)
	@$(BIN)/python .ci/suites.py passed bi

suite-ml: dev-env $(ML_STAMP) ## The example notebook on a real MLflow, as one suite of its own
	@$(BIN)/python -m pytest -n 0 --durations 5 $(ML)
	@$(BIN)/python .ci/suites.py passed ml

suite-wheel: dev-env ## The wheel in an Airflow that is already there, the oldest and the pinned one
	@$(BIN)/python -m pytest -n 0 --durations 10 $(WHEEL)
	@$(BIN)/python .ci/suites.py passed wheel

suite-contracts: dev-env $(CONTRACTS_STAMP) ## Another tool judges published tables by their contracts
	@$(BIN)/python -m pytest -n 0 --durations 5 $(CONTRACTS)
	@$(BIN)/python .ci/suites.py passed contracts

suite-executors: dev-env $(CELERY_STAMP) $(PODS_STAMP) ## Celery's workers, killed and drained; pods, as one suite
	@$(BIN)/python -m pytest -n 0 --durations 10 --ignore $(PAIRS) $(EXECUTORS)
	@$(BIN)/python .ci/suites.py passed executors

suite-failover: dev-env ## A standby takes over, a backup is restored, a release is taken back, as one suite
	@$(BIN)/python -m pytest -n 0 --durations 5 $(FAILOVER)
	@$(BIN)/python .ci/suites.py passed failover

suite-spark: dev-env $(SPARK_STAMP) ## The cleaning on a local Spark, row by row as on DuckDB, as one suite of its own
	@command -v java > /dev/null || { echo "Java 17 is needed: apt-get install openjdk-17-jre-headless"; exit 1; }
	@# Spark's workers import the tests too.
	@PYTHONPATH=$(CURDIR):$(CURDIR)/plugins $(SPARK_VENV)/bin/python -m pytest -n 0 --durations 10 $(SPARK)
	@PYTHONPATH=$(CURDIR):$(CURDIR)/plugins $(SPARK_VENV)/bin/python -m pytest -n 0 -p tests.spark.both_engines $(CLEANING)
	@$(BIN)/python .ci/suites.py passed spark

suite-readers: dev-env $(READERS_STAMP) ## DuckDB, ClickHouse and Spark read published lake tables back
	@command -v java > /dev/null || { echo "Java 17 is needed: apt-get install openjdk-17-jre-headless"; exit 1; }
	@$(BIN)/python -m pytest -n 0 --durations 5 $(READERS)
	@$(BIN)/python .ci/suites.py passed readers

# Some ten minutes, and no part of CI, like make rehearsal.
drill: dev-env $(CELERY_STAMP) ## Kill each of two of everything during a backfill of 60 runs
	@$(BIN)/python -m pytest -n 0 -s $(PAIRS)

lint: dev-env ## Style and likely bugs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: dev-env ## Types, strict
	@$(BIN)/mypy

arch: dev-env ## The direction of the layers
	@$(BIN)/lint-imports

.PHONY: bench
bench: $(BENCH_STAMP) ## Measure against the alternatives, into bench/results.md
	@$(BIN)/python -m bench

.PHONY: clean
clean: ## Stop the local stack and remove it with all its data, and the environment
	@if test -x $(BIN)/python && test -d .medallion; then $(STACK) down --all; fi
	@rm -rf .medallion $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
