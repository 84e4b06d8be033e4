# All that people and CI do, one word each. `make` alone lists the words. Works with GNU make 3.81 (macOS) and later.
# PORT, VAR and every other setting pass through: make run PORT=9000

VENV := .venv
BIN := $(VENV)/bin
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --quiet

.DEFAULT_GOAL := help
.PHONY: help run test quick check lint format bench docs pictures lock clean

help: ## List these words
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.runtime ## Start the demo: two programmes, a sample of reports, a phone in the browser
	@exec $(BIN)/answerable demo

test: $(VENV)/.dev ## Run the tests; those that need PostgreSQL or Chromium are left out, and named, where there is none
	$(BIN)/pytest -n auto --dist worksteal

quick: $(VENV)/.dev ## Run the tests that start no whole house: a few minutes on two cores
	$(BIN)/pytest -n auto --dist worksteal -m "not house"

check: lint test ## Run all that CI runs

lint: $(VENV)/.dev ## Check form, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev ## Bring the code into form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.dev ## Measure, and print the tables
	$(BIN)/python -m benchmarks

docs: $(VENV)/.dev ## Write the generated pages of docs/reference
	$(BIN)/python -m tools.reference

pictures: $(VENV)/.dev ## Take the pictures of docs/pictures from a demo of their own
	$(BIN)/python -m tools.pictures

lock: ## Choose the newest fitting versions for both locks; needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	$(LOCK) --upgrade --output-file requirements.lock
	$(LOCK) --upgrade --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## Remove what was built; var/ with its data stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(VENV)/.runtime: requirements.lock pyproject.toml tools/install
	@tools/install requirements.lock
	@touch $@

# The lock for development holds the runtime's too.
$(VENV)/.dev: requirements-dev.lock requirements.lock pyproject.toml tools/install
	@tools/install requirements-dev.lock
	@touch $(VENV)/.runtime $@
