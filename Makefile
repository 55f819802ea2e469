# What each target does stands in tools/; here are only their names. `make help` lists them.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/atomic-fleet
PYTHON_VENV := $(CACHE)/venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup check

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## everything the other targets need: venv, development tree, Debian packages
	@tools/setup lab

check: ## the fast loop: ruff, mypy, unit and architecture tests, terraform fmt
	@tools/setup dev
	@$(PYTHON_VENV) tools/stages.py check
