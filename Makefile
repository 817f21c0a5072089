# Two commands matter: `make demo` and `make test`. Both make a virtual environment of their own.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
TESTS ?=

.PHONY: demo test lint bench clean
.NOTPARALLEL:

demo: $(VENV)/.demo $(VENV)/.kernels
	$(BIN)/python demo/demo.py

test: $(VENV)/.dev $(VENV)/.kernels
	$(BIN)/python -m pytest $(TESTS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

bench: $(VENV)/.bench $(VENV)/.kernels
	for each in benchmarks/*.py benchmarks/robustness benchmarks/video_recall; do $(BIN)/python $$each || exit 1; done

# Where Python came without ensurepip (Debian without python3-venv), the system's pip fills in.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV) && \
	  $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; } || { \
	  echo "Python's venv or pip is missing; install them: apt install python3-venv python3-pip" >&2; \
	  rm -rf $(VENV); exit 1; }

$(VENV)/.demo $(VENV)/.dev $(VENV)/.bench: $(VENV)/.%: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	touch $@

# numba looks only at a kernel's own file to see whether what it compiled is still right; a change in
# a file that kernels share would go unseen. So all of them are compiled anew when any has changed.
$(VENV)/.kernels: $(wildcard src/tidebreak/kernels.py src/tidebreak/hashing/*.py src/tidebreak/hashing/views/*.py \
    src/tidebreak/index/*.py src/tidebreak/*/*_kernels.py src/tidebreak/*/*/*_kernels.py src/tidebreak/sightings/synthetic/rows.py)
	@echo "Compiling the kernels for this machine (about a minute)"
	find src -name '*.nb[ci]' -delete
	$(BIN)/tidebreak doctor --warm
	touch $@

clean:
	rm -rf $(VENV) demo-output
