# SPDX-License-Identifier: Apache-2.0
# A thin front to CMake's presets. `make` alone lists what there is.

BUILD = build
JOBS ?= 2
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc)

# Warnings are errors with the compiler that the sources are kept clean with, and no reason to stop a user of
# another one. (Evaluated when used: the compiler may have been installed by then.)
CMAKE_ARGS ?= $(if $(filter 12,$(shell cc -dumpversion 2>/dev/null)),,-DWEIR_WERROR=OFF)

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help demo check deps peers build figures asan tsan ubsan format format-check clean

help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: RUN := results/demo-$(shell date -u +%Y%m%dT%H%M%SZ)
demo: ## Install what is needed, build, run the demonstration suite, and make its page
	tools/install-deps demo
	cmake --preset release $(CMAKE_ARGS)
	cmake --build --preset release --target weir
	$(BUILD)/weir run scenarios/suites/demo.yaml --out $(RUN)
	$(BUILD)/weir report $(RUN) -o $(RUN)/report.html
	@echo "the report page: $(RUN)/report.html"

check: deps build ## Install what is needed, build, and run all tests
	@JOBS=$(JOBS) tools/run-tests $(BUILD)

deps: ## Install all that demo and check need
	tools/install-deps check

peers: ## Install the well-known queues to compare with (all optional); build again to take them in
	tools/install-deps peers

build: ## Configure and build the release preset into build/
	cmake --preset release $(CMAKE_ARGS)
	cmake --build --preset release

figures: build ## Draw the pictures of README.md and plots/README.md again (docs/figures)
	@WEIR=$(BUILD)/weir tools/figures

asan: ## Build and test with AddressSanitizer and UndefinedBehaviorSanitizer
tsan: ## Build and test with ThreadSanitizer
ubsan: ## Build and test with UndefinedBehaviorSanitizer alone
asan tsan ubsan:
	cmake --preset $@ $(CMAKE_ARGS)
	tools/no-aslr cmake --build --preset $@
	@JOBS=$(JOBS) tools/run-tests build-$@

format: ## Format the C sources (clang-format 14)
	tools/format

format-check: ## Say whether the C sources are formatted
	tools/format --check

clean: ## Remove the build folders; results stay
	rm -rf build build-*
