PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := outputs/demo
DETECTOR := outputs/detector
SEEDS    := 42 43
MARKS  := not slow and not gpu

.PHONY: help install setup demo detector rewriter test bench lint clean
help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

install: $(VENV)/.usable  ## create .venv and install what checking manuscripts needs

setup: $(VENV)/.installed  ## create .venv and install edubias with everything tests need

# torch first and by its pinned version: a range may bring other CUDA libraries than the tested ones.
# A CPU build that is there already is kept.
$(VENV)/.torch: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q $(shell grep '^torch==' constraints.txt)
	touch $@

$(VENV)/.usable: pyproject.toml $(VENV)/.torch
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[embedded,documents]"
	touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.torch
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[embedded,documents,deepspeed,quant,sweep,track,dev]"
	touch $@

demo: setup  ## train on the embedded model, evaluate, judge the guide's cases
	$(BIN)/edubias model prepare
	@# A part of the pairs, so that it takes minutes; `edubias train` takes all.
	TRAIN_MODE=single OUTPUT_DIR=$(RUN) bash scripts/textbook_bias/textbook_bias_dpo.sh \
	  --config edu_bias_embedded data_cfgs.train_size=320 data_cfgs.eval_size=60
	bash scripts/textbook_bias/evaluate_bias_model.sh $(RUN) --limit 60
	$(BIN)/python scripts/textbook_bias/test_bias_detection.py $(RUN)
	@echo
	@echo "Model, calibration and run record:  $(RUN)"
	@echo "Training log:                       $(RUN)/train.log"
	@echo "Evaluation figures:                 $(RUN)/metrics.json"
	@echo "Judge your own sentences:           $(BIN)/edubias detect --model $(RUN) --interactive"

test: setup  ## lint, type-check and run the tests
	$(MAKE) lint
	$(BIN)/python -m pytest -m "$(MARKS)"

detector: setup  ## train the detector that ships with edubias: data to folder, one to three hours on two cores
	$(BIN)/edubias model prepare
	mkdir -p $(dir $(DETECTOR))
	cat data/edu_bias_pairs.jsonl data/edu_bias_contrasts.jsonl > $(DETECTOR)-pairs.jsonl
	@# Two processes of one thread each are a seventh faster than one with two threads.
	for seed in $(SEEDS); do \
	  $(BIN)/edubias train --config edu_bias_embedded --mode accelerate --processes 2 \
	    train_cfgs.per_device_train_batch_size=4 train_cfgs.seed=$$seed \
	    data_cfgs.train_datasets=$(DETECTOR)-pairs.jsonl \
	    data_cfgs.train_statements=data/edu_statements.jsonl \
	    logger_cfgs.output_dir=$(DETECTOR)-$$seed || exit 1; \
	done
	$(BIN)/edubias average $(foreach seed,$(SEEDS),$(DETECTOR)-$(seed)) --output $(DETECTOR)
	$(BIN)/edubias calibrate $(DETECTOR)
	$(BIN)/edubias export $(DETECTOR) --adapter --overwrite --output src/edubias/shipped

rewriter: setup  ## train what proposes better wordings beside the detector of `make detector`: over an hour on two cores
	@# A mean's lora_alpha is its rank; the rewriter takes that of the runs.
	$(BIN)/edubias rewriter --data data/edu_rewrites.jsonl $(DETECTOR) \
	  train_cfgs.per_device_train_batch_size=8 train_cfgs.epochs=2 lora_cfgs.lora_alpha=32
	$(BIN)/edubias rewriter --further --data data/edu_rewrites_more.jsonl $(DETECTOR) \
	  train_cfgs.per_device_train_batch_size=8 train_cfgs.epochs=1 model_cfgs.model_max_length=80
	@# Edits come again with the turned wordings, lest they be forgotten.
	cat data/edu_rewrites_turned.jsonl data/edu_rewrites_more.jsonl > $(DETECTOR)-rewrites.jsonl
	$(BIN)/edubias rewriter --further --data $(DETECTOR)-rewrites.jsonl $(DETECTOR) \
	  train_cfgs.per_device_train_batch_size=8 train_cfgs.epochs=2 model_cfgs.model_max_length=96
	$(BIN)/edubias export $(DETECTOR) --adapter --overwrite --output src/edubias/shipped

bench: setup  ## training beside TRL, a profile, growth of its cost, scoring, scanning; about half an hour
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.profile
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.scoring src/edubias/shipped
	$(BIN)/python -m benchmarks.scan --sentences 1500

lint: setup  ## ruff and mypy
	$(BIN)/ruff check src tests scripts benchmarks
	$(BIN)/ruff format --check src tests scripts benchmarks
	$(BIN)/mypy

clean:  ## remove the environment, caches and build products, but not outputs
	rm -rf $(VENV) build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
