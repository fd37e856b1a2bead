# Culvert. `make` builds build/culvert; `make help` lists the rest.
#
# BUILD chooses the variant, each with a folder of its own:
#   release (default)  -O2, hardened            build/
#   debug              -O1 -g                   build/debug/
#   asan               address + undefined      build/asan/
#   tsan               thread                   build/tsan/
#   cover              gcov                     build/cover/
#   fuzz               clang, libFuzzer         build/fuzz/
#
# A changed flag, header or list of sources rebuilds what depends on it, and nothing else.

BUILD ?= release
CC ?= gcc
WERROR ?= 1

OUT := $(if $(filter release,$(BUILD)),build,build/$(BUILD))
PACKAGES := libevent libevent_pthreads openssl libssh libpq rdkafka libcurl icu-uc icu-i18n libpcre2-8 libxxhash jansson

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wcast-qual \
  -Wcast-align -Wwrite-strings -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough \
  -Wdouble-promotion $(if $(filter 1,$(WERROR)),-Werror)

FLAGS_release := -O2 -g1 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LINK_release := -pie -Wl,-z,relro,-z,now
FLAGS_debug := -O1 -g
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DARENA_MALLOC
LINK_asan := -fsanitize=address,undefined
FLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
LINK_tsan := -fsanitize=thread
FLAGS_cover := -O0 -g --coverage
LINK_cover := --coverage
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DARENA_MALLOC
LINK_fuzz := -fsanitize=fuzzer,address,undefined
ifeq ($(BUILD),fuzz)
CC := clang-14
endif

ifeq ($(FLAGS_$(BUILD)),)
$(error BUILD must be one of release debug asan tsan cover fuzz)
endif

CPPFLAGS += -Isrc -D_GNU_SOURCE $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS += -std=c11 $(WARNINGS) $(FLAGS_$(BUILD)) -pthread
LDFLAGS += $(LINK_$(BUILD)) -pthread
LDLIBS += $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -llmdb -lpg_query -lprotobuf-c -lgmp -lm

SOURCES := $(sort $(shell find src -name '*.c'))
OBJECTS := $(patsubst src/%.c,$(OUT)/obj/%.o,$(SOURCES))
LIBRARY_OBJECTS := $(filter-out $(OUT)/obj/server/main.o,$(OBJECTS))
LIBRARY := $(OUT)/libculvert.a

UNIT_SOURCES := $(sort $(shell find tests/unit -name 'test_*.c'))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(OUT)/tests/unit/%,$(UNIT_SOURCES))
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(OUT)/%,$(FUZZ_SOURCES))

.PHONY: all help lib unit unit-build fuzz-build clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:

all: $(OUT)/culvert ## the program (default)

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile tools/targets.mk | sed 's/:.*## */\t/' | expand -t 20

lib: $(LIBRARY) ## all but main, as build/libculvert.a

$(OUT)/culvert: $(OUT)/obj/server/main.o $(LIBRARY)
	@echo "  LINK    $@"
	@$(CC) $(LDFLAGS) -o $@ $(filter-out %.stamp,$^) $(LDLIBS)

$(LIBRARY): $(LIBRARY_OBJECTS) $(OUT)/sources.stamp
	@echo "  AR      $@"
	@rm -f $@
	@ar rcs $@ $(LIBRARY_OBJECTS)

# Stamps change only when what they hold does: the flags, and the list of sources.
$(OUT)/flags.stamp: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS)' >$@

$(OUT)/sources.stamp: FORCE
	@mkdir -p $(@D)
	@echo '$(SOURCES)' | cmp -s - $@ || echo '$(SOURCES)' >$@

$(OUT)/obj/%.o: src/%.c $(OUT)/flags.stamp
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/tests/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	@echo "  TEST    $<"
	@$(CC) $(CPPFLAGS) -Itests -MMD -MP -MF $@.d -MT $@ $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) -lcmocka $(LDLIBS)

$(OUT)/fuzz_%: tests/fuzz/fuzz_%.c $(LIBRARY)
	@echo "  FUZZ    $<"
	@$(CC) $(CPPFLAGS) -Itests -MMD -MP -MF $@.d -MT $@ $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIBRARY) $(LDLIBS)

fuzz-build: $(FUZZ_TARGETS)

unit-build: $(UNIT_TESTS)

unit: $(UNIT_TESTS) ## unit tests of this BUILD; T=name runs those whose path matches
	@tools/run-unit-tests $(OUT) $(if $(T),--match $(T)) $(UNIT_TESTS)

clean: ## removes build/
	rm -rf build

include tools/targets.mk
-include $(OBJECTS:.o=.d) $(UNIT_TESTS:%=%.d) $(FUZZ_TARGETS:%=%.d)
