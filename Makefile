# Thin wrappers: everything is in dev.py, which needs nothing but Python 3.11.
PYTHON ?= python3

.PHONY: help setup demo test test-long bench lint postgres lock

help:
	@$(PYTHON) dev.py --help

setup demo test test-long lint postgres lock:
	@$(PYTHON) dev.py $@

bench:
	@$(PYTHON) dev.py bench $(NAME)
