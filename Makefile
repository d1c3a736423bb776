# Every target is a few commands that can be given by hand, too; see README.md for conda and Windows.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY  := $(VENV)/.ready
# uv does the same as pip in a fraction of the time.
UV     := $(shell command -v uv)
PIP    := $(if $(UV),uv pip install -q --index-strategy unsafe-best-match --python $(BIN)/python,\
  $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input)

# JupyterLab does not start for root, as in a container, unless it is told to.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# Tests train and store in a place of their own, so that nobody's results change. They are run in
# lanes on one run, two at a time with one thread each; what one has computed the others read. The
# longest comes first, and the last are short, so that neither core is idle in the end.
LANES := notebooks report rest faults exporter nbval
report    := tests/reporting tests/checking tests/cli
faults    := tests/faults
notebooks := tests/notebooks tests/studies/test_cluster.py
exporter  := tests/notebook_report tests/documents tests/tools
rest      := $(foreach lane,report faults notebooks exporter,$($(lane):%=--ignore=%))
# Of the Chinese notebooks, whose code is that of the English ones, two quick ones will do.
nbval     := --nbval-lax --nbval-current-env --nbval-cell-timeout=600 \
  $(wildcard notebooks/*.ipynb notebooks/zh-CN/0[23]_*.ipynb)
# Compiled files stay, whatever the surroundings say: a hundred processes read the same sources.
CHECK := MNIST_REPORT_RECIPE=fast TQDM_DISABLE=1 OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=
SYNC  := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.DEFAULT_GOAL := help
.PHONY: help setup report lab test quick test-run test-faults lint bench study clean $(LANES:%=lane-%)
MAKEFLAGS += --no-print-directory

help:
	@echo "make setup    install everything into $(VENV) (all targets do it when it is needed)"
	@echo "make report   data, training, notebooks, and the report in Word, PDF and HTML"
	@echo "make lab      open the notebooks in JupyterLab"
	@echo "make study    train every recipe with five seeds, and record it for README and report"
	@echo "make test     everything that CI checks"
	@echo "make quick    the tests of what you changed, in a minute"
	@echo "make test-faults  inject thousands of faults, and record what became of them (10 to 30 minutes)"
	@echo "make lint     check the style of code and notebooks"
	@echo "make bench    measure speed and memory, into benchmarks/results.md (an hour, on an idle machine)"
	@echo "make clean    remove what was exported and cached; data, results and $(VENV) stay"

setup: $(READY)

# Done again when the packages or their versions change.
$(READY): pyproject.toml constraints.txt hashes.txt
	@command -v "$(PYTHON)" >/dev/null || { \
	  echo "There is no $(PYTHON). Install Python 3.11 or newer, or run: make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$("$(PYTHON)" --version) is too old. Install Python 3.11 or newer, and run: make PYTHON=python3.11"; exit 1; }
	@echo "Set-up 1/3: virtual environment in $(VENV)"
	@"$(PYTHON)" -m venv "$(VENV)" || { rm -rf "$(VENV)"; \
	  echo "Python's venv is missing. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Set-up 2/3: Jupyter, pandoc, Typst and all the rest (0.4 GB to download: a minute or two)"
	@$(PIP) --require-hashes --no-deps -r hashes.txt
	@options="$$("$(PYTHON)" tools/torch_index.py)"; \
	  if [ -n "$$options" ]; then echo "Set-up 3/3: PyTorch for CPUs (0.2 GB to download)"; \
	  else echo "Set-up 3/3: PyTorch (on Linux 3 GB to download: some minutes; elsewhere 0.2 GB)"; fi; \
	  $(PIP) -c constraints.txt $$options torch torchvision
	@$(PIP) -c constraints.txt --no-build-isolation -e ".[test]"
	@touch $@

report: setup
	@$(BIN)/mnist-report build

lab: setup
	@$(BIN)/jupyter lab $(AS_ROOT) --LabApp.default_url=/lab/tree/notebooks/01_data_exploration.ipynb

study: setup
	@$(BIN)/mnist-report study recipes

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

test: lint
	@$(MAKE) --jobs=2 --keep-going $(SYNC) $(LANES:%=lane-%)

quick test-run test-faults $(LANES:%=lane-%): export MNIST_REPORT_RESULTS := $(CURDIR)/build/test-results
test-run: setup
	@$(BIN)/mnist-report data
	@$(CHECK) $(BIN)/mnist-report train fast

quick: lint test-run
	@$(CHECK) $(BIN)/python -m pytest -m "not slow" $$($(BIN)/python -m tools quick)

$(LANES:%=lane-%): lane-%: test-run
	@$(CHECK) $(BIN)/python -m pytest $(if $(filter nbval,$*),,-p no:nbval) $($*)

test-faults: setup
	@$(BIN)/mnist-report data
	@$(CHECK) MNIST_REPORT_FAULTS=long $(BIN)/python -m pytest tests/faults

bench: setup
	@$(BIN)/python -m benchmarks

clean:
	@rm -rf build dist report/build .pytest_cache .ruff_cache "$(or $(MNIST_REPORT_RESULTS),results)/.kept"
	@find . -name __pycache__ -not -path "./$(VENV)/*" -prune -exec rm -rf {} +
