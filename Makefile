# Two commands from a fresh checkout, with Python 3.11 or newer and nothing else:
#   make demo    the main job: a simulated world -> collocations
#   make test    the tests

PYTHON ?= python3
VENV ?= .venv
TORCH ?= 2.13.0
BIN := $(VENV)/bin

.PHONY: demo test check docs benchmark lock clean

demo: $(VENV)/installed
	$(BIN)/iceco demo --out demo-output

test: $(VENV)/installed-test
	$(BIN)/python -m pytest -n auto

check: $(VENV)/installed-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	rm -rf build $(VENV)/typed
	$(BIN)/python -m pip install --quiet --no-deps --target $(VENV)/typed .
	rm -rf build
	MYPYPATH=$(VENV)/typed $(BIN)/mypy -p iceco

docs: $(VENV)/installed-test
	$(BIN)/python -m sphinx -b html -n -W --keep-going docs docs/_build/html

benchmark: $(VENV)/installed-benchmark
	$(BIN)/python benchmarks/sentinel1_band.py
	$(BIN)/python benchmarks/lead_probability.py
	$(BIN)/python benchmarks/geolocation.py
	$(BIN)/python benchmarks/simulated_scene.py
	$(BIN)/python benchmarks/altika_echoes.py
	$(BIN)/python benchmarks/drift_vectors.py
	$(BIN)/python benchmarks/pair_drift_accuracy.py
	$(BIN)/python benchmarks/nearest_lead.py
	$(BIN)/python benchmarks/archive_matching.py
	$(BIN)/python benchmarks/label_calibration.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/installed-test: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@ $(VENV)/installed

$(VENV)/installed-check: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,check]'
	touch $@ $(VENV)/installed $(VENV)/installed-test

$(VENV)/installed-benchmark: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[benchmark]'
	touch $@ $(VENV)/installed

# One version of every package, but for the libraries that torch brings for GPUs.
lock:
	rm -rf $(VENV)/lock
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet 'torch==$(TORCH)' --editable '.[test,check,cluster]'
	{ echo '# Versions that the tests run with, on Linux and Python 3.11; `make lock` renews them.'; \
	  $(VENV)/lock/bin/python -m pip freeze --exclude-editable | grep -v -E '^(nvidia-|triton|cuda-)' | sed 's/+cpu$$//'; } > constraints.part
	mv constraints.part constraints.txt
	rm -rf $(VENV)/lock

clean:
	rm -rf $(VENV) demo-output build dist *.egg-info
