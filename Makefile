# Every command of the project. `make help` lists them.

# The first Python that is new enough; PYTHON=/path/to/python3.11 names another.
PYTHON ?= $(or $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done),python3)
SETUP = $(PYTHON) config/bootstrap.py
# A program of the project's environment, with the tools of requirements-dev.txt.
DEV = $(SETUP) dev

.DEFAULT_GOAL := help
.PHONY: help
help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

.PHONY: run
run: ## Serve Studyloop on this machine: PORT, HOST, DATA_DIR, DATABASE_URL, REDIS_URL
	@exec $(SETUP) run

.PHONY: test
test: ## Run every test with real servers and a real browser; ARGS are passed to pytest
	@exec $(DEV) -m tests.run $(ARGS)

.PHONY: test-controls
test-controls: ## Take each guard out by its patch and see its test fail; ARGS name controls
	@exec $(DEV) -m tests.controls $(ARGS)

.PHONY: test-faults
test-faults: ## Kill, freeze, fill and cut off what can be, and see nothing lost (SIZE=small for a quick look; SEEDS; ARGS: F1 F9 --seed)
	@exec $(DEV) -m tests.faults --size $(or $(SIZE),full) --seeds $(or $(SEEDS),1) $(ARGS)

.PHONY: soak
soak: ## The same with many seeds, for a night (SEEDS=20)
	@exec $(DEV) -m tests.faults --size $(or $(SIZE),full) --seeds $(or $(SEEDS),20) $(ARGS)

.PHONY: lint
lint: ## Linter, formatter, import contracts, types
	@$(DEV) -m ruff check .
	@$(DEV) -m ruff format --check .
	@$(DEV) -c 'import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())'
	@$(DEV) -m mypy

.PHONY: format
format: ## Format the code
	@$(DEV) -m ruff check --fix --exit-zero .
	@$(DEV) -m ruff format .

.PHONY: schema
schema: ## Write the API's schema to docs/api/schema.yml
	@mkdir -p docs/api
	@$(DEV) manage.py spectacular --validate --fail-on-warn --file docs/api/schema.yml

.PHONY: check-content
check-content: ## Audit course and question bank: files, links, coverage, fairness, reading order
	@$(DEV) manage.py check_content

.PHONY: bench
bench: ## Measure what readiness and a whole attempt cost, beside their targets (SIZE=small for a quick look)
	@$(DEV) -m bench.readiness --size $(or $(SIZE),full)
	@$(DEV) -m bench.attempts --size $(or $(SIZE),full)

.PHONY: lighthouse
lighthouse: ## Measure pages in a real browser, speed and weight beside their targets (SIZE=small: three pages)
	@$(DEV) -m bench.lighthouse --size $(or $(SIZE),full)

.PHONY: simulate
simulate: ## Hold readiness against simulated learners, flags against generated questions (SIZE=small: quicker); ARGS: --worlds, --learners, --seed
	@$(DEV) -m bench.simulate --size $(or $(SIZE),full) $(ARGS)
	@$(DEV) -m bench.flags --size $(or $(SIZE),full)

.PHONY: check-schema
check-schema: ## Compare docs/api/schema.yml with the code
	@mkdir -p build
	@$(DEV) manage.py spectacular --validate --fail-on-warn --file build/schema.yml
	@diff -u docs/api/schema.yml build/schema.yml || { echo 'docs/api/schema.yml is not what the code says: make schema'; exit 1; }

.PHONY: check-migrations
check-migrations: ## Is there a migration for every model?
	@DATA_DIR=build/check $(DEV) manage.py makemigrations --check --dry-run

.PHONY: check-upgrade
check-upgrade: ## Does the code before the last change of the schema serve on the new one? Needs the repository's history
	@for db in sqlite postgresql; do $(DEV) -m pytest -q -s -p no:randomly tests/upgrade.py --db $$db || exit 1; done

.PHONY: check-deploy
check-deploy: ## Django's checks of production settings
	@DJANGO_ENV=production SECRET_KEY=$$(head -c 64 /dev/urandom | base64 -w0) ALLOWED_HOSTS=learn.example.org \
	DATABASE_URL=postgresql://studyloop@127.0.0.1/studyloop DATA_DIR=build/check $(DEV) manage.py check --deploy --fail-level WARNING

.PHONY: check-run
check-run: ## Start the whole on a spare port with fresh data, look at a page, and stop it
	@$(DEV) -m tests.start_and_stop

.PHONY: migrations
migrations: ## Make migrations for changed models
	@$(DEV) manage.py makemigrations

.PHONY: shell
shell: ## A Python shell with the models
	@$(DEV) manage.py shell

.PHONY: pins
pins: ## Write what the pinned packages pull in to constraints.txt
	@$(DEV) -m config.pins

.PHONY: clean
clean: ## Remove the environment and what was built; data/ stays
	rm -rf .venv build .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
