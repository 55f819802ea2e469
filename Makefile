# What each target does stands in tools/; here are only the names.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/atomic-fleet
PYTHON_VENV := $(CACHE)/venv/bin/python
STAGES := $(PYTHON_VENV) -m tools.stages
.DEFAULT_GOAL := help
.PHONY: help setup dev demo test check sanity lint artifact terraform-test terraform test-openstack integration faults \
	molecule bench docs constraints changelog release galaxy

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

demo: setup ## the whole life of a fleet of real hosts on this machine, and a report of it
	@$(PYTHON_VENV) tools/demo

test: setup ## everything: check, sanity, lint, artifact, terraform-test, terraform, integration
	@$(STAGES) test

check: dev ## the fast loop: ruff, mypy, unit and architecture tests, terraform fmt
	@$(STAGES) check

sanity: dev ## ansible-test sanity
	@$(STAGES) sanity

lint: dev ## ansible-lint, changelog and documentation
	@$(STAGES) lint

artifact: dev ## builds the collection and looks inside; and the unit tests that take seconds
	@$(STAGES) artifact

galaxy: dev ## what Galaxy's own importer says of the built collection
	@$(STAGES) galaxy

terraform-test: dev ## terraform validate and test of every module and example
	@$(STAGES) terraform-test

terraform: dev ## every Terraform example and module's whole life on a make-believe cloud, with what can fail there
	@$(STAGES) terraform

test-openstack: dev ## the OpenStack module's arguments and Octavia's adapter, by the services of OS_CLOUD
	@$(PYTHON_VENV) -m tools.openstack_test

integration: setup ## tests on the lab of real hosts
	@$(STAGES) integration

molecule: setup ## every role of the collection on hosts of the lab, by Molecule, and the example of a role
	@$(PYTHON_VENV) -m tools.molecule

faults: setup ## breaks what can break in the middle of a rollout: a matrix of cases, and a report
	@$(PYTHON_VENV) tests/faults

docs: dev ## the reference of every module, plugin and role, as a site of HTML pages
	@$(PYTHON_VENV) -m tools.docs

bench: setup ## how fast it is, beside ordinary Ansible
	@$(PYTHON_VENV) tests/bench

setup: ## all that the other targets need: venv, development tree, Debian packages
	@tools/setup lab

dev: ## the part of setup that needs no root: venv and development tree
	@tools/setup dev

changelog: dev ## takes the changelog's fragments into CHANGELOG.md, before a release
	@$(PYTHON_VENV) -m tools.release changelog

release: dev ## all of a release but the upload, in dist/ (docs/releasing.md)
	@$(PYTHON_VENV) -m tools.release

constraints: dev ## writes down the versions of everything in the venv, after a change of pins
	@$(PYTHON_VENV) -m pip freeze --disable-pip-version-check >tools/constraints.txt
