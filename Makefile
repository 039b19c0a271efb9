# Node.js of the version that the project needs comes with the project's own packages.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
installed := node_modules/.package-lock.json

.PHONY: demo demo-droplets demo-down test lint build

demo: $(installed)
	@tsx lab/cli.ts demo

demo-droplets: $(installed)
	@tsx lab/cli.ts demo-droplets

demo-down: $(installed)
	@tsx lab/cli.ts down

test: $(installed)
	@tsx test/run.ts

lint: $(installed)
	@npm run --silent lint

build: $(installed)
	@npm run --silent build

$(installed): package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later with npm" >&2; exit 1; }
	@echo "Installing the project's packages (about a minute)"
	@npm ci --no-fund --no-audit --loglevel=error
	@touch $@
