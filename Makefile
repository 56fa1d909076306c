# 'make help' lists the targets. Each sets up what it needs in VENV first.

# The environment: created where it is missing, reused where it is there. A torch and
# torchvision that work together, and a full mmcv, are left as they are.
VENV ?= .venv
# The Pythons to create it with; the first that can work is taken.
PYTHON ?= python3 python3.11 python3.10
# What is installed where VENV has no torch.
TORCH ?= torch==2.12.1 torchvision==0.27.1
# The picture of 'make photo'; scikit-image's astronaut where none is given.
PHOTO ?=
# Further options of pytest, as in: make test ARGS='-m "not slow"'
ARGS ?=

# The names of make's targets cannot hold these.
ifneq "$(VENV)$(findstring :,$(VENV))$(findstring %,$(VENV))" "$(or $(firstword $(VENV)),none)"
$(error VENV: expected a path without spaces, ':' and '%', got '$(VENV)'; a link to it will do)
endif
PY := $(VENV)/bin/python
ASTRONAUT = $(shell "$(PY)" -c 'import skimage; print(skimage.__path__[0])')/data/astronaut.png
PIP := "$(PY)" -m pip --disable-pip-version-check
STAMP := $(VENV)/.bernoulli_mmpose
SOURCES := bernoulli_mmpose tools tests setup.py
LISTS := requirements.txt requirements-dev.txt constraints.txt setup.py

.DEFAULT_GOAL := help
.PHONY: help install photo demo test lint typecheck clean FORCE

help:  ## Show the targets
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 20

install: $(STAMP)  ## Set up the environment (the others do it themselves)

photo: install  ## Angles of the faces in PHOTO (any picture or video)
	"$(PY)" -m bernoulli_mmpose --out work_dirs/photo "$(or $(PHOTO),$(ASTRONAUT))"

demo: install  ## Render, train, test, and draw the results
	"$(PY)" tools/demo.py

test: install  ## Run the tests
	"$(PY)" -m pytest $(ARGS)

lint: install  ## Check style and format
	"$(PY)" -m ruff check $(SOURCES)
	"$(PY)" -m ruff format --check $(SOURCES)

typecheck: install  ## Check types
	"$(PY)" -m mypy

clean:  ## Remove caches and builds (not the environment, not work_dirs)
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find bernoulli_mmpose tools tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Python 3.10 or 3.11: xtcocotools, which MMPose needs, has no wheels for others, and
# openmim's setuptools 60 does not run on 3.12. To be read by any Python.
define CHECK_PYTHON
import sys
if sys.version_info[:2] not in ((3, 10), (3, 11)):
    sys.exit("%s is Python %s" % (sys.executable, sys.version.split()[0]))
endef
# Exit status 3: there is no torch.
define CHECK_TORCH
import importlib.util, sys
if importlib.util.find_spec("torch") is None:
    sys.exit(3)
import torch
try:
    import torchvision
    torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
except (ImportError, RuntimeError, AttributeError) as error:
    sys.exit(
        f"{sys.prefix} has torch {torch.__version__}, but no torchvision that works "
        f"with it ({error}). Install the torchvision of that torch, from the same "
        "source, or name another environment with VENV="
    )
endef
export CHECK_PYTHON CHECK_TORCH
NEEDED = Python 3.10 or 3.11 is needed (MMPose's xtcocotools comes compiled for these only)

$(PY):
	@for python in $(PYTHON); do \
	  if "$$python" -c "$$CHECK_PYTHON"; then \
	    echo "Creating $(VENV) with $$python"; exec "$$python" -m venv "$(VENV)"; \
	  fi; \
	done; \
	echo "$(NEEDED). Tried: $(PYTHON). Name one: make install PYTHON=/path/to/python3.11" >&2; \
	exit 1

# Another clone's stamp does not count: the environment points to that clone.
SET_UP_FOR := $(shell cat "$(STAMP)" 2>/dev/null)
ifneq "$(SET_UP_FOR)" "$(CURDIR)"
$(STAMP): FORCE
endif

# chumpy (MMPose requires it, nothing here imports it) builds only in an environment
# that holds pip. The full mmcv and mmcv-lite are the same folder, so one excludes the other.
$(STAMP): $(LISTS) | $(PY)
	@"$(PY)" -c "$$CHECK_PYTHON" || { echo "$(NEEDED): name another environment with VENV=" >&2; exit 1; }
	@$(PIP) --version >/dev/null 2>&1 || "$(PY)" -m ensurepip
	@"$(PY)" -c "$$CHECK_TORCH"; status=$$?; \
	if [ $$status = 3 ]; then $(PIP) install -c constraints.txt $(TORCH); else exit $$status; fi
	$(PIP) install setuptools wheel
	$(PIP) install --no-build-isolation -c constraints.txt chumpy==0.70
	@if $(PIP) show -q mmcv 2>/dev/null; then grep -v '^mmcv-lite' requirements.txt; \
	else cat requirements.txt; fi >"$(VENV)/requirements.txt"
	$(PIP) install -c constraints.txt -r "$(VENV)/requirements.txt" -r requirements-dev.txt
	$(PIP) install --no-deps -e .
	@pwd -P >"$@"
