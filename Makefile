# make           what there is to make
# make site      everything from a fresh clone to a built site
# make test      the same with the development tools, then every test

PYTHON   ?= python3
PIP_ARGS ?=
VENV     := .venv
BIN      := $(VENV)/bin
INSTALL  := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt $(PIP_ARGS)
stamp     = printf '%s' '$(CURDIR)' > $(VENV)/.place && touch
PYTEST   := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadgroup

# An environment that was copied or moved with its folder runs the other folder's code: it is made anew.
ifneq ($(shell cat $(VENV)/.place 2>/dev/null || printf '%s' '$(CURDIR)'),$(CURDIR))
.PHONY: $(BIN)/python
endif

.DEFAULT_GOAL := help
.PHONY: help site test lint check format fuzz shots bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

site: $(VENV)/.user ## install what the site needs, and build vault/ into site/
	@$(BIN)/kbtool build; status=$$?; [ $$status -le 1 ] || exit $$status; \
	echo; \
	echo "Open the site      $(CURDIR)/site/index.html"; \
	echo "Run one note       $(BIN)/kbtool run-note Embeddings"; \
	echo "Build it again     $(BIN)/kbtool build"; \
	echo "Run all the tests  make test"; \
	exit $$status

test: $(VENV)/.dev ## install the development tools too, and run every test
	$(PYTEST)

lint: $(VENV)/.dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## everything that must hold before a change goes in

format: $(VENV)/.dev ## put the code into the house's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz: $(VENV)/.dev ## change a vault at random and build it after each step, for WALKS=2000 walks
	KBTOOL_WALKS=$(or $(WALKS),2000) $(BIN)/python -m pytest tests/incremental/test_random_walk.py

shots: site $(VENV)/.dev ## take the pictures in docs/shots, of each kind of page
	$(BIN)/python tests/browser/shots.py site docs/shots

bench: $(VENV)/.dev ## measure and write docs/benchmarks.md; ROWS="cold peers", SIZES="100 1000", QUICK=1 (writes nothing)
	$(BIN)/python tests/benchmarks/run.py $(ROWS) $(if $(QUICK),--quick,--write) $(if $(SIZES),--sizes $(SIZES))

clean: ## remove the generated site and the caches; the environment stays
	find site -mindepth 1 ! -name .gitignore ! -path site/README.md -delete
	rm -rf .kbtool build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find kbtool tests -type d -name __pycache__ -prune -exec rm -rf {} +

# One stamp a set of packages: pip is asked again only when what it is asked for has changed.
$(VENV)/.user: pyproject.toml constraints.txt $(BIN)/python
	@$(torch_first)
	$(INSTALL) --editable '.[mermaid]'
	@$(stamp) $@

$(VENV)/.dev: pyproject.toml constraints.txt $(BIN)/python
	@$(torch_first)
	$(INSTALL) --editable '.[mermaid,dev]'
	@$(stamp) $@ $(VENV)/.user

$(BIN)/python:
	@$(python_first)
	$(PYTHON) -m venv --clear $(VENV)

define python_first
command -v $(PYTHON) >/dev/null || { \
  echo "There is no $(PYTHON) here. On Debian or Ubuntu:  sudo apt-get install python3 python3-venv"; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
  echo "kbtool needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V)."; \
  echo "With a newer one beside it:  make $(MAKECMDGOALS) PYTHON=python3.11"; \
  echo "On Debian or Ubuntu, where it is packaged:  sudo apt-get install python3.11 python3.11-venv"; exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
  echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu:"; \
  echo "  sudo apt-get install $$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; exit 1; }
endef

define torch_first
[ -n "$(PIP_ARGS)" ] || $(BIN)/python -c 'import sys; from importlib.util import find_spec; sys.exit(not find_spec("torch"))' || { \
  echo; \
  echo "PyTorch comes next. On Linux pip takes the build for NVIDIA cards, several GB to download;"; \
  echo "the build for the CPU alone is about 200 MB and enough for everything in this vault."; \
  echo "To have that one, stop here (Ctrl-C) and give pip the CPU address that PyTorch's page shows:"; \
  echo "    make $(MAKECMDGOALS) PIP_ARGS='--extra-index-url <that address>'"; \
  echo "    https://pytorch.org/get-started/locally/"; \
  echo; }
endef
