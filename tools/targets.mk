# Targets that check, format and measure. The checks themselves are programs in tools/.

LINT_FILES = $(shell find src tests sqllogic -name '*.[ch]')

.PHONY: check check-full demo check-packages lint lint-house tidy format cover bench bench-programs \
  sqllogictest sqllogic-runner \
  print-compiler print-unit-tests print-fuzz-targets

check: check-packages ## the test command: installs what the tests need and passes them
	@tools/check

check-full: check-packages ## check, and what takes longer: clang-tidy
	@tools/check --full

demo: ## installs what is missing, builds, and walks the guide in psql against real servers
	@tools/install-packages build demo
	@$(MAKE) --no-print-directory all
	@tools/demo

check-packages:
	@tools/install-packages build test

lint: lint-house ## house checks and formatter; they change nothing
	@clang-format-14 --dry-run -Werror $(LINT_FILES)

lint-house:
	@tools/run-house-checks

tidy: ## clang-tidy, a process for each file; T=name for those whose path matches
	@tools/tidy $(T)

format: ## clang-format over src and tests
	@clang-format-14 -i $(LINT_FILES)

cover: ## line and branch coverage of the unit tests, by folder
	@$(MAKE) --no-print-directory BUILD=cover unit
	@tools/cover

BENCH_PROGRAMS := $(patsubst tests/bench/%.c,build/bench/%,$(wildcard tests/bench/*.c))

$(BENCH_PROGRAMS): build/bench/%: tests/bench/%.c tests/bench/stream.h build/libculvert.a
	@mkdir -p $(@D)
	@echo "  BENCH   $<"
	@$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(LDFLAGS) -o $@ $< build/libculvert.a $(LDLIBS)

bench: check-packages ## Culvert beside PostgreSQL and ssh, on this machine; ARGS=--help
	@$(MAKE) --no-print-directory BUILD=release all bench-programs
	@tests/bench/run.py $(ARGS)

bench-programs: $(BENCH_PROGRAMS)

RUNNER_SOURCES := $(wildcard sqllogic/runner/*.c)

# It shares no code with the server that it judges.
build/sqllogic-runner: $(RUNNER_SOURCES) $(wildcard sqllogic/runner/*.h)
	@mkdir -p $(@D)
	@echo "  LINK    $@"
	@$(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) -O2 -g $(shell pkg-config --cflags libpq) -o $@ $(RUNNER_SOURCES) \
	  $(shell pkg-config --libs libpq libcrypto libpcre2-8) -lm

sqllogic-runner: build/sqllogic-runner

sqllogictest: check-packages ## our sqllogictest files on a private server; F=file, CORPUS=dir, ARGS=--help
	@$(MAKE) --no-print-directory all sqllogic-runner
	@CULVERT=$(or $(CULVERT),$(abspath $(OUT)/culvert)) sqllogic/run $(if $(CORPUS),--corpus $(CORPUS)) $(ARGS) $(F)

print-compiler: # for tools that must compile as the build does
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)'

print-unit-tests:
	@printf '%s\n' $(UNIT_TESTS)

print-fuzz-targets:
	@printf '%s\n' $(FUZZ_TARGETS)
