SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PACKAGES := actionkit assume_role build_push eks_deploy tools testbed bench e2e
ENTRYPOINTS := assume-role build-push eks-deploy
# What is about the clusters runs beside what is about AWS and the runner.
CLUSTER_TESTS := $(wildcard $(addprefix tests/integration/,test_cluster*.py test_eks_deploy*.py test_permissions_deploy.py))
# What breaks the testbed would break the others' tests too: alone, after them.
FAULT_TESTS := $(wildcard tests/integration/test_fault_*.py tests/integration/*/test_fault_*.py)
SIMULATOR_TESTS := tests/testbed/selftest/runs
# Processes beside each other: sharing thousands of quick tests out one by one costs more than the tests.
UNITS := actionkit actions aws testbed
UNITS_actionkit := tests/actionkit
UNITS_actions := tests/assume_role tests/build_push tests/eks_deploy tests/contract tests/bench
UNITS_aws := tests/testbed/selftest/aws
UNITS_testbed := tests/testbed/selftest --ignore=tests/testbed/selftest/aws --ignore=$(SIMULATOR_TESTS)
# Workflows as other teams write them.
FOREIGN := $(wildcard tests/e2e/foreign/*/.github/workflows/*.yml tests/e2e/foreign/*/*/.github/workflows/*.yml)
# What release trees are made of.
VENDORED := $(shell find shared $(ENTRYPOINTS) \( -name _vendor -o -name _image -o -name __pycache__ \) -prune -o -print)
PYTHON := .venv/bin/python
# What the tests know by name, whichever organisation is up or is named by the environment.
ORGANISATION := tests/testbed/organisation.yaml
# Some images set it; here it would make every test process compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPATH := shared:assume-role:build-push:eks-deploy:tests

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/\1\t\2/' | expand -t 14

demo: .venv/requirements.lock ## a commit of examples/app to two private clusters; BREAK=image|crash|denied|no-id-token shows an error
	$(PYTHON) -m tools.demo $(if $(BREAK),--break $(BREAK))

# Side by side, for each of them waits a good part of its time; e2e has a testbed of its own.
test: ## everything: lint, unit, simulator, integration, e2e
	$(MAKE) --no-print-directory --jobs=5 --output-sync=target --keep-going lint $(addprefix unit-,$(UNITS))
	$(MAKE) --no-print-directory --jobs=3 --output-sync=target simulator build/vendor/done build/peers/peers.lock
	./testbed up --act --organisation $(ORGANISATION)
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target --keep-going integration e2e

lint: .venv/requirements.lock ## ruff, mypy --strict, actionlint, zizmor, generated files up to date
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(addprefix -p ,$(PACKAGES))
	for action in $(ENTRYPOINTS); do .venv/bin/mypy $$action/entrypoint.py; done
	$(PYTHON) -m tools.docs --check
	.venv/bin/actionlint .github/workflows/*.yml examples/workflows/*.yml examples/testbed/shop/.github/workflows/*.yml $(FOREIGN)
	.venv/bin/zizmor --quiet --offline --persona=pedantic --config .github/zizmor.yml \
	  .github/workflows/*.yml examples/workflows/*.yml */action.yml

unit: .venv/requirements.lock ## everything that needs no root and no testbed, in seconds
	$(MAKE) --no-print-directory --jobs=4 --output-sync=target --keep-going $(addprefix unit-,$(UNITS))

unit-%: .venv/requirements.lock
	$(PYTHON) -m pytest -q $(UNITS_$*)

simulator: .venv/requirements.lock ## workflows run by the testbed's simulator in plain folders, without root or testbed
	$(PYTHON) -m pytest -q -n 3 --dist worksteal $(SIMULATOR_TESTS)

integration: build/vendor/done build/peers/peers.lock ## each boundary against the real part (Linux, root)
	./testbed up --act --organisation $(ORGANISATION)
	./testbed exec -- $(PYTHON) -m pytest -q $(CLUSTER_TESTS) >build/integration-clusters.log 2>&1 & clusters=$$!; \
	status=0; ./testbed exec -- $(PYTHON) -m pytest -q tests/integration $(addprefix --ignore=,$(CLUSTER_TESTS) $(FAULT_TESTS)) || status=1; \
	wait $$clusters || status=1; cat build/integration-clusters.log; \
	$(if $(FAULT_TESTS),./testbed exec -- $(PYTHON) -m pytest -q $(FAULT_TESTS) || status=1;) exit $$status

e2e: build/vendor/done build/peers/peers.lock ## whole workflows, run the way a runner runs them (Linux, root)
	tests/beside.sh e2e sh -c './testbed up --organisation $(ORGANISATION) && $(PYTHON) -m pytest -q tests/e2e'

soak: build/vendor/done ## every case of the kill matrix, not only make test's sample; into docs/reliability.md (Linux, root)
	./testbed up
	rm -f build/kill-matrix.jsonl
	$(PYTHON) -m pytest -q -m "soak or not soak" tests/e2e/test_kill_matrix.py
	$(PYTHON) -m e2e.reliability

vendor: ## each action's self-contained release tree, from locked packages
	rm -f build/vendor/done
	$(MAKE) --no-print-directory build/vendor/done

docs: .venv/requirements.lock ## generated parts of the READMEs and action.yml files
	$(PYTHON) -m tools.docs

bench: build/vendor/done build/peers/peers.lock ## figures, beside the peers' in the same run, into docs/benchmarks.md (Linux, root)
	./testbed up --organisation $(ORGANISATION)
	$(PYTHON) -m bench

lock: .venv/requirements.lock ## requirements.lock and peers.lock anew from pyproject.toml
	build/uv/bin/uv pip compile pyproject.toml --group test --group lint --universal --generate-hashes --no-annotate \
	  --quiet --upgrade --output-file requirements.lock --custom-compile-command "make lock"
	build/uv/bin/uv pip compile --group peers --universal --generate-hashes --no-annotate \
	  --quiet --upgrade --output-file peers.lock --custom-compile-command "make lock"

clean: ## what `make` made here; the testbed's tools stay in the cache
	if [ -x .venv/bin/python ] && [ "$$(id -u)" = 0 ]; then \
	  ./testbed down && EKS_ACTIONS_TESTBED=/var/lib/eks-actions-testbed-e2e ./testbed down; \
	fi
	rm -rf .venv build */_vendor eks-deploy/_image .mypy_cache .ruff_cache .pytest_cache

build/vendor/done: .venv/requirements.lock $(VENDORED)
	$(PYTHON) -m tools.vendor
	touch $@

# aws-cli and kubectl, for tests and benchmarks; where these run there is no way to the package index.
build/peers/peers.lock: peers.lock .venv/requirements.lock
	$(PYTHON) -m bench.peers

.venv/requirements.lock: requirements.lock shared/tools/uv.lock
	shared/tools/bootstrap.sh

.PHONY: help demo test lint unit simulator integration e2e soak vendor docs bench lock clean
