# Two commands do everything on a fresh machine: `make demo` and `make test`. `make help` lists the others.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# The Python that makes .venv: the newest one on PATH that works. Set PYTHON to choose another.
PYTHON ?= $(shell for name in python3.14 python3.13 python3.12 python3.11 python3.10 python3; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null \
	&& { command -v "$$name"; break; }; done)
PY := .venv/bin/python
WORKERS ?= auto
PYTEST_ARGS ?=

HELM3 := 3.22.0
HELM4 := 4.3.1
KUBERNETES := 1.34.4
KWOK := 0.8.0

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

# ---- set up ---------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: .venv/.setup ## make .venv with the pinned tools and this project

.venv/.setup: requirements/dev.txt pyproject.toml
	@$(PY) -c 'import pip' 2>/dev/null || { python="$(PYTHON)"; \
	  test -n "$$python" || { echo "make: no Python 3.10 or newer with venv is on PATH; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }; \
	  echo "$$python -m venv .venv" && "$$python" -m venv --clear .venv; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: helm
helm: ## put the pinned Helm 3 and Helm 4 into .tools/bin
	@.ci/helm $(HELM3) helm3
	@.ci/helm $(HELM4) helm4

.PHONY: kube
kube: ## put the pinned programs of a Kubernetes cluster into .tools/bin
	@.ci/kube $(KUBERNETES) $(KWOK)

.PHONY: skills
skills: .tools/skills/.fetched ## put the published packages whose skills the tests lint into .tools/skills

# Wheels are fetched for any platform and never installed; pip checks each against its SHA-256.
.tools/skills/.fetched: requirements/skills.txt | setup
	@rm -rf .tools/skills
	$(PY) -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
	  --python-version 3.14 --implementation py --abi none --platform any -d .tools/skills -r requirements/skills.txt
	@touch $@

.PHONY: browser
browser: ## see to it that there is the Chromium in which pages are tested
	@.ci/packages chromium chromium-driver:chromedriver

# ---- the two commands -----------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup ## from a values file to real files in ./.demo
	@$(PY) examples/demo/demo.py

.PHONY: test
test: setup helm browser skills ## everything: checks, then all tests
	@$(MAKE) --no-print-directory check
	$(PY) -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

.PHONY: test-long
test-long: setup helm ## the tests of the cache that have a long form, in that form: some minutes
	$(PY) -m pytest --long -n $(WORKERS) --dist worksteal $(PYTEST_ARGS) \
	  $$(grep -lE 'mark\.long|rounds: Rounds' tests/node/test_*.py)

.PHONY: e2e
e2e: setup helm ## the rendered pods under podman, as root: what the cache serves and what an agent sees
	@.ci/e2e
	$(PY) -m pytest tests/e2e $(PYTEST_ARGS)

.PHONY: test-cluster
test-cluster: setup helm kube ## the chart in a real Kubernetes cluster, with 50 nodes on which nothing runs: some minutes
	@.ci/packages openssl jq util-linux:setpriv
	$(PY) -m pytest tests/cluster $(PYTEST_ARGS)

# ---- checks ---------------------------------------------------------------------------------------------------------

.PHONY: check
check: setup lint types check-generated ## lint, types, and that generated files are up to date

.PHONY: lint
lint: setup ## ruff
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

.PHONY: types
types: setup ## mypy --strict
	$(PY) -m mypy

.PHONY: format
format: setup ## let ruff put the sources in order
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# ---- generated files, in pairs --------------------------------------------------------------------------------------

GENERATED := schema-copy chart-readme docs-values docs-cli docs-findings docs-portability

.PHONY: gen
gen: $(GENERATED:%=gen-%) ## write every generated file

.PHONY: check-generated
check-generated: $(GENERATED:%=check-%) ## fail when a generated file is not what gen writes

# $(1): the name after gen- and check-; $(2): the file; $(3): the command that prints it
define generated
.PHONY: gen-$(1) check-$(1)
gen-$(1): setup
	@$(3) > $(2).new || { rm -f $(2).new; exit 1; }
	@mv $(2).new $(2)
check-$(1): setup
	@$(3) | diff -u $(2) - || { echo "make: $(2) is out of date; run 'make gen-$(1)'" >&2; exit 1; }
endef
$(eval $(call generated,schema-copy,chart/values.schema.json,cat schemas/values.schema.json))
$(eval $(call generated,chart-readme,chart/README.md,$(PY) -m docs.gen.chart_readme))
$(eval $(call generated,docs-values,docs/values.md,$(PY) -m docs.gen.values))
$(eval $(call generated,docs-cli,docs/cli.md,$(PY) -m docs.gen.cli))
$(eval $(call generated,docs-findings,docs/findings.md,$(PY) -m docs.gen.findings))
$(eval $(call generated,docs-portability,docs/portability.md,$(PY) -m docs.gen.portability))

.PHONY: gen-requirements
gen-requirements: setup ## pin the development tools anew, with hashes
	$(PY) -m uv pip compile --quiet --group dev pyproject.toml --universal --python-version 3.10 --upgrade \
	  --generate-hashes --no-annotate --custom-compile-command "make gen-requirements" -o requirements/dev.txt
	$(PY) -m uv pip compile --quiet --group action pyproject.toml --universal --python-version 3.10 \
	  --constraints requirements/dev.txt --generate-hashes --no-annotate \
	  --custom-compile-command "make gen-requirements" -o requirements/action.txt

# ---- the rest -------------------------------------------------------------------------------------------------------

.PHONY: golden
golden: setup helm ## write the golden files anew and show what changed
	$(PY) -m tests.acceptance.regenerate

# make image BASE=name@sha256:… [TAG=name:tag] [ENGINE=podman]
TAG ?= agent-overlays:latest
.PHONY: image
image: ## build the image of the Dockerfile on BASE=name@sha256:…, as TAG (docs/image.md)
	@.ci/image "$(BASE)" "$(TAG)" "$(ENGINE)"

.PHONY: bench
bench: setup helm ## measure against Helm and write bench/RESULTS.md
	$(PY) -m bench

.PHONY: clean
clean: ## remove everything that make has made
	rm -rf .venv .tools .demo dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
