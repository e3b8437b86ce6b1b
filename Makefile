# The commands of this project.  Each sets up what it needs; `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help setup demo check test ring bench gen docs lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## .venv with the homeport command, Docker Engine and what else is missing
	@scripts/setup

demo: setup ## run the sample application with the stock aws CLI and watch it
	@scripts/demo

check: setup ## lint, types, import contracts, generated files
	@scripts/check

test: setup ## every test, those with Docker and PostgreSQL included
	@scripts/test

ring: setup ## more histories of services than `make test` lives through: SEEDS=20000 FROM=1000
	@HOMEPORT_RING_SEEDS=$(or $(SEEDS),10000) HOMEPORT_RING_FROM=$(or $(FROM),1000) \
		.venv/bin/pytest -n 2 tests/ring/test_services_in_the_ring.py

bench: setup ## benchmarks at their named scales, in a lab
	@scripts/bench

gen: setup ## regenerate wire shapes, trimmed models and docs/coverage.md
	@scripts/gen

docs: gen ## the same: the generated page of the documentation is docs/coverage.md

lock: setup ## write requirements.lock anew from pyproject.toml and requirements.in
	@scripts/lock

clean: ## remove .venv and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
