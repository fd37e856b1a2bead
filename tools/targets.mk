.PHONY: check

check: ## installs what the tests need and passes them
	@tools/check
