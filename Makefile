# 'make help' lists the targets. Each sets up what it needs in VENV first.

# The environment: created where it is missing, reused where it is there. A torch and
# torchvision that work together, and a full mmcv, are left as they are.
VENV ?= .venv
# The Pythons to create it with; the first that can work is taken.
PYTHON ?= python3 python3.13 python3.12 python3.11 python3.10
# What is installed where VENV has no torch, and from which index; the default one has
# builds for GPUs on Linux. PyTorch's page "Get started" names that of its CPU builds.
TORCH ?= torch==2.12.1 torchvision==0.27.1
TORCH_INDEX ?=
# The Pythons of 'make pythons'; of a version the first that works, pyenv's among them.
PYTHONS ?= $(foreach version,3.10 3.11 3.12 3.13,python$(version) \
  $(wildcard $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions/$(version).*/bin/python$(version)))
# The picture or video of 'make photo'.
PHOTO ?=
# Further options of pytest, as in: make test ARGS='-m "not slow"'
ARGS ?=

# The names of make's targets, or the shell's words, cannot hold these.
ifneq ($(words $(VENV))$(strip $(foreach sign,: % ; | " ` ~ $$,$(findstring $(sign),$(value VENV)))$(subst "$(firstword $(VENV))",,"$(VENV)")),1)
$(error VENV: expected a path without spaces and : % ; | " ` ~ $$, got '$(value VENV)'; a link to it will do)
endif
PY := $(VENV)/bin/python
PIP := "$(PY)" -m pip --disable-pip-version-check
STAMP := $(VENV)/.bernoulli_mmpose
LIGHT_STAMP := $(VENV)/.bernoulli_headpose
SITE_STAMP := $(VENV)/.bernoulli_site
SOURCES := bernoulli_headpose bernoulli_mmpose tools tests setup.py $(wildcard docs/*.py)
# Its schemas come with it, so that no network is needed.
CHECK_SCHEMA := "$(PY)" -m check_jsonschema --default-filetype yaml --builtin-schema vendor
LISTS := requirements.txt requirements-mmpose.txt requirements-dev.txt constraints.txt setup.py

.DEFAULT_GOAL := help
.PHONY: help install photo has-photo demo test pythons oldest-and-newest lint typecheck site clean FORCE

help:  ## Show the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 20

install: $(STAMP)  ## Set up the environment (the others do it themselves)

photo: has-photo $(LIGHT_STAMP)  ## Angles of the heads in PHOTO=photo.jpg (no PyTorch needed)
	@"$(PY)" -m bernoulli_headpose --out work_dirs/photo "$(PHOTO)"

has-photo:
	@test -n "$(PHOTO)" || { echo "PHOTO: expected a picture or a video, as in: make photo PHOTO=photo.jpg" >&2; exit 1; }

demo: install  ## Render, train, test, and draw the results
	"$(PY)" tools/demo.py

test: install  ## Run the tests
	"$(PY)" -m pytest $(ARGS)

pythons:  ## Run the fast tests on each Python that is here, in environments below .venvs
	@ran=; for python in $(PYTHONS); do \
	  name=$$(basename "$$python"); \
	  case "$$ran " in *" $$name "*) continue ;; esac; \
	  "$$python" -c "$$CHECK_PYTHON" 2>/dev/null || continue; \
	  $(MAKE) test PYTHON="$$python" VENV=".venvs/$$name" \
	    ARGS='-m "not slow" $(ARGS)' || exit 1; \
	  ran="$$ran $$name"; \
	done; \
	if [ -z "$$ran" ]; then echo "$(NEEDED). Tried: $(PYTHONS)" >&2; exit 1; fi; \
	echo "The fast tests passed on:$$ran"

oldest-and-newest:
	@for python in $(PYTHONS); do \
	  "$$python" -c "$$CHECK_PYTHON" 2>/dev/null && echo "$$python"; \
	done | sed -n '1p;$$p' | sort -u | tr '\n' ' '

lint: install  ## Check style and format
	"$(PY)" -m ruff check $(SOURCES)
	"$(PY)" -m ruff format --check $(SOURCES)
	@$(CHECK_SCHEMA).github-workflows .github/workflows/*.yml
	@$(CHECK_SCHEMA).github-issue-config .github/ISSUE_TEMPLATE/config.yml
	@$(CHECK_SCHEMA).github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	@$(CHECK_SCHEMA).citation-file-format CITATION.cff

typecheck: install  ## Check types
	"$(PY)" -m mypy

site: $(SITE_STAMP)  ## Build the documentation into work_dirs/site (no PyTorch needed)
	@NO_MKDOCS_2_WARNING=1 "$(PY)" -m mkdocs build --strict

clean:  ## Remove caches and builds (not the environment, not work_dirs)
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# To be read by any Python. Of 3.14 and later not all packages have wheels yet.
define CHECK_PYTHON
import sys
if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.exit("%s is Python %s" % (sys.executable, sys.version.split()[0]))
try:
    if sys.argv[1:] != ["there"]:
        import ensurepip, venv
except ImportError:
    sys.exit("%s has no venv (on Debian: apt install python3-venv)" % sys.executable)
endef
# Its arguments are TORCH. Exit status 3: torch or torchvision is yet to be installed, or
# a stopped run left the half of one, which pip does not know.
define CHECK_TORCH
import sys
from importlib.metadata import PackageNotFoundError, version
def find(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
found = find("torch")
if found is None or not find("torchvision") and "torch==" + found.split("+")[0] in sys.argv:
    sys.exit(3)
try:
    import torch, torchvision
    torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
except Exception as error:
    sys.exit(
        f"{sys.prefix} has torch {found}, but it and its torchvision do not work together "
        f"({type(error).__name__}: {error}). Install the torchvision of that torch, from "
        "the same source, or name another environment with VENV="
    )
endef
# Who imports mmpose first is told what to do, where there is no xtcocotools. A real one
# that is installed later is found before this file.
define WRITE_HINT
import pathlib, sysconfig
try:
    import xtcocotools
except Exception:
    pathlib.Path(sysconfig.get_path("purelib"), "xtcocotools.py").write_text(
        'raise ImportError("import bernoulli_mmpose before mmpose: it stands in for '
        'xtcocotools, which is not installed")\n'
    )
endef
export CHECK_PYTHON CHECK_TORCH WRITE_HINT
NEEDED = Python 3.10, 3.11, 3.12 or 3.13 is needed
FAILED = The packages could not be installed: see above what is missing, the network perhaps. \
Run it again to go on, or remove $(VENV) to begin anew

$(PY):
	@for python in $(PYTHON); do \
	  if "$$python" -c "$$CHECK_PYTHON"; then \
	    echo "Creating $(VENV) with $$python"; \
	    if [ -f "$(VENV)/pyvenv.cfg" ]; then clear=--clear; fi; \
	    exec "$$python" -m venv $$clear "$(VENV)"; \
	  fi; \
	done; \
	echo "$(NEEDED). Tried: $(PYTHON). Name one: make install PYTHON=/path/to/python3" >&2; \
	exit 1

# A stamp does not count of another clone, which the environment points to, nor where the
# environment's Python has gone.
define CHECK_STAMP
ifneq "$(shell [ -x "$(PY)" ] && cat "$(1)" 2>/dev/null)" "$(CURDIR)"
$(1): FORCE
endif
endef
$(eval $(call CHECK_STAMP,$(STAMP)))
$(eval $(call CHECK_STAMP,$(LIGHT_STAMP)))
$(eval $(call CHECK_STAMP,$(SITE_STAMP)))

# Before either: pip, on a Python that will do.
define PREPARE
"$(PY)" -c "$$CHECK_PYTHON" there || { echo "$(NEEDED): name another environment with VENV=" >&2; exit 1; }
$(PIP) --version >/dev/null 2>&1 || "$(PY)" -m ensurepip
endef

$(LIGHT_STAMP): constraints.txt setup.py | $(PY)
	@$(PREPARE)
	@$(PIP) install -q -c constraints.txt -e . || { echo "$(FAILED)" >&2; exit 1; }
	@pwd -P >"$@"

$(SITE_STAMP): requirements-docs.txt constraints.txt | $(PY)
	@$(PREPARE)
	@$(PIP) install -q -c constraints.txt -r requirements-docs.txt || { echo "$(FAILED)" >&2; exit 1; }
	@pwd -P >"$@"

# The full mmcv and mmcv-lite are the same folder, so one excludes the other.
$(STAMP): $(LISTS) | $(PY)
	@$(PREPARE)
	@"$(PY)" -c "$$CHECK_TORCH" $(TORCH); status=$$?; \
	if [ $$status = 3 ]; then \
	  $(PIP) install -c constraints.txt $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") $(TORCH) || \
	  { echo "$(FAILED)" >&2; exit 1; }; \
	elif [ $$status != 0 ]; then exit $$status; fi
	@if $(PIP) show -q mmcv 2>/dev/null; then grep -v '^mmcv-lite' requirements.txt; \
	else cat requirements.txt; fi >"$(VENV)/requirements.txt"
	@$(PIP) install -c constraints.txt -r "$(VENV)/requirements.txt" -r requirements-dev.txt && \
	$(PIP) install --no-deps -r requirements-mmpose.txt && \
	$(PIP) install --no-deps -e . || { echo "$(FAILED)" >&2; exit 1; }
	@"$(PY)" -c "$$WRITE_HINT"
	@pwd -P | tee "$(LIGHT_STAMP)" >"$@"
