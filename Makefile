# Two commands do everything: `make demo` and `make test`. Both set up what is missing first.

SWIFT ?= swift
SCRIBE = .build/release/scribe

.DEFAULT_GOAL := help
.PHONY: help install deb wheel demo test build firmware setup evaluate evaluate-empty lint format model bench fuzz models clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: build ## Start a simulated board and read it live
	@scripts/demo $(SCRIBE)

test: ## Run all tests
	@SWIFT="$(SWIFT)" scripts/test

build: setup ## Build the program
	$(SWIFT) build -c release --product scribe

PREFIX ?= /usr/local
install: build ## Install program, models, manuals and completions, below PREFIX=/usr/local
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" scripts/release/install $(SCRIBE)

deb: build ## Make a Debian package in dist
	@scripts/release/deb $(SCRIBE) dist

wheel: setup ## Make a wheel for Python in dist
	$(SWIFT) build -c release --product serialscribe
	@scripts/library/build .build/release/libserialscribe.so dist

firmware: ## Build the board's program, with every camera
	@scripts/setup tests
	$(MAKE) --no-print-directory -C firmware-proto/board all

setup: ## Install the system packages that are missing
	@scripts/setup

SECONDS ?= 60
fuzz: setup ## Fuzz what takes foreign bytes, SECONDS=60 each
	scripts/fuzz all $(SECONDS)

evaluate: build ## Measure how well the labelled test images are read
	$(SCRIBE) evaluate Tests/Fixtures/board-images

evaluate-empty: build .data/text-free/truth.json .data/pieces/truth.json ## Count how often text is read where there is none
	$(SCRIBE) evaluate .data/text-free
	$(SCRIBE) evaluate .data/pieces

# Texture, shadow, clutter and no text, a third a tier.
.data/text-free/truth.json:
	scripts/python dataset.fonts --check || scripts/dataset/setup
	scripts/python dataset.make --seed 4 --images 200 --folder --empty 1 --cycle-tiers --out .data/text-free

# Natural clutter: pieces of photographs that no finder was trained with.
.data/pieces/truth.json:
	scripts/dataset/clutter
	scripts/python dataset.pieces .data/clutter --seed 2 --images 200 --out .data/pieces

lint: ## Check the style of the sources, and that each room imports what it may
	$(SWIFT) format lint --recursive --strict Package.swift Sources Tests
	scripts/imports
	scripts/characters --check
	scripts/firmware/chips --swift --check
	scripts/lint-python

format: ## Bring the sources into style
	$(SWIFT) format --recursive --in-place Package.swift Sources Tests
	scripts/lint-python format

model: build ## Train the shipped models anew: some hours on two cores
	scripts/training/glyph $(SCRIBE)
	scripts/training/line $(SCRIBE)
	scripts/training/finder
	scripts/training/aligner $(SCRIBE)
	scripts/training/drum $(SCRIBE)
	scripts/training/novelty $(SCRIBE)

bench: ## Measure how long the parts of the program take
	@scripts/setup
	$(SWIFT) build -c release --product scribe-bench
	@mkdir -p .data
	.build/release/scribe-bench --images Tests/Fixtures/board-images \
	  --commit "$$(git describe --always --dirty 2>/dev/null)" --out .data/bench.json

models: build ## List the models: accuracy, size, speed
	$(SCRIBE) models --bench

clean: ## Remove what was built
	rm -rf .build
