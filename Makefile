# SPDX-License-Identifier: ISC
# mq: messaging for the shell.
#
#   make            the tools and the library, in build/
#   make demo       what they do, on a file of this machine
#   make check      every test (WERROR=1: a warning is an error)
#   make install    below PREFIX (/usr/local), behind DESTDIR
#
# Sources are found by where they lie: libmq/<layer>/*.c are the library,
# cmd/mq-*.c a program each, the other cmd/*.c are in all programs.  SAN=address
# and the like build with sanitizers, in build-asan/; CC=clang works too.

PREFIX  ?= /usr/local
B       ?= $(if $(SAN),build-asan,build)
CFLAGS  ?= -O3 -g

VERSION := $(shell sed -n 's/^.define MQ_VERSION *"\(.*\)"/\1/p' libmq/mq.h)
LAYERS  := base record log proto group client
LIB     := $(wildcard $(LAYERS:%=libmq/%/*.c))
TOOLS   := $(patsubst cmd/%.c,%,$(sort $(wildcard cmd/mq-*.c)))
SHARED  := $(filter-out cmd/mq-%,$(wildcard cmd/*.c))
UNIT    := $(wildcard t/unit/*_test.c)
HELPERS := $(filter-out $(UNIT),$(wildcard t/unit/*.c))
FUZZ    := $(wildcard t/fuzz/fuzz_*.c)
BENCH   := $(wildcard t/bench/*.c)
CHAOS   := $(wildcard t/chaos/*.c)
PAGES   := $(wildcard man/*.[1-9])
C_FILES  = $(wildcard cmd/*.[ch] libmq/*.h libmq/*/*.[ch] t/*/*.[ch])
obj      = $(patsubst %.c,$(B)/%.o,$(1))

# ---- how things are compiled and linked -----------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wundef -Wvla -Wformat=2 -Wconversion -Wsign-conversion \
	-Wnull-dereference -Wimplicit-fallthrough $(if $(WERROR),-Werror)
ifdef SAN
# Instrumented code earns warnings that the source does not.
HARD := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
WARN := -Wall
else
HARD := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
LINK := -Wl,-z,defs
endif
HARDLINK := -Wl,-z,relro -Wl,-z,now -Wl,--as-needed

NEEDS   := libbsd jansson libisal
NEEDS_C := $(shell pkg-config --cflags $(NEEDS) 2>/dev/null)
NEEDS_L := $(or $(shell pkg-config --libs $(NEEDS) 2>/dev/null), \
	-lbsd -ljansson -lisal) -ldl
# The tools start faster with archives, where there are any.
archive  = $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a 2>/dev/null))
TOOLS_L := $(or $(call archive,bsd),-lbsd) $(call archive,md) \
	$(or $(call archive,jansson),-ljansson) $(NEEDS_L)

COMPILE = $(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(HARD) -fPIC -MMD -MP \
	-Ilibmq $(INC) $(NEEDS_C) $(CPPFLAGS) $(CFLAGS)
PROGRAM = $(CC) $(CFLAGS) $(HARD) -pie $(HARDLINK) $(LDFLAGS) -o $@ \
	$(filter %.o %.a,$^) $(TOOLS_L)

# ---- what is built ---------------------------------------------------------

.PHONY: all unit fuzzers benches demo check bench chaos fuzz install uninstall \
	format lint clean
.SECONDARY:

all: $(TOOLS:%=$(B)/bin/%) $(B)/libmq.a $(if $(SAN),,$(B)/libmq.so)
unit: $(UNIT:t/unit/%.c=$(B)/t/%) $(CHAOS:t/chaos/%.c=$(B)/chaos/%)
fuzzers: $(FUZZ:t/fuzz/%.c=$(B)/fuzz/%)
benches: $(BENCH:t/bench/%.c=$(B)/bench/%)

$(B)/cmd/%.o: INC = -Icmd
$(B)/t/%.o: INC = -Icmd -It/unit
$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

$(B)/libmq.a: $(call obj,$(LIB))
$(B)/cmd.a: $(call obj,$(SHARED))
$(B)/unit.a: $(call obj,$(HELPERS))
$(B)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/bin/%: $(B)/cmd/%.o $(B)/cmd.a $(B)/libmq.a
	@mkdir -p $(@D)
	$(PROGRAM)
$(B)/bench/%: $(B)/t/bench/%.o $(B)/cmd.a $(B)/libmq.a
	@mkdir -p $(@D)
	$(PROGRAM)
$(B)/chaos/%: $(B)/t/chaos/%.o $(B)/libmq.a
	@mkdir -p $(@D)
	$(PROGRAM)
# A helper that defines what the library does too (base/io) takes its place.
$(B)/t/%_test: $(B)/t/unit/%_test.o $(B)/unit.a $(B)/cmd.a $(B)/libmq.a
	@mkdir -p $(@D)
	$(PROGRAM)
$(B)/fuzz/%: $(B)/t/fuzz/%.o $(B)/cmd.a $(B)/libmq.a
	@mkdir -p $(@D)
	$(PROGRAM) -fsanitize=fuzzer

# The shared library shows what mq.h declares, and nothing else.
$(B)/libmq.map: libmq/mq.h
	@mkdir -p $(@D)
	(echo '{ global:'; grep -o '\bmq_[a-z_]*(' $< | sort -u | tr '(' ';'; \
	    echo 'local: *; };') >$@
$(B)/libmq.so: $(call obj,$(LIB)) $(B)/libmq.map
	$(CC) $(CFLAGS) $(HARD) -shared -Wl,-soname,libmq.so.0 $(LINK) \
	    -Wl,--version-script=$(B)/libmq.map $(HARDLINK) $(LDFLAGS) \
	    -o $@ $(filter %.o,$^) $(NEEDS_L)

-include $(patsubst %.o,%.d,$(call obj,$(LIB) $(SHARED) $(UNIT) $(HELPERS) \
	$(FUZZ) $(BENCH) $(CHAOS) $(TOOLS:%=cmd/%.c)))

# ---- what is run: bats and helpers use fds of their own, so no job server ---

RUN = MAKEFLAGS= MAKE='$(MAKE)' CC='$(CC)' WERROR='$(WERROR)' B='$(B)'

demo:
	@t/helper/setup build
	@$(MAKE) -s all
	@MQ_BIN='$(abspath $(B))/bin' t/helper/demo
check:
	@t/helper/setup check
	@$(RUN) t/helper/run-tests
fuzz:
	@$(RUN) FUZZ_SECONDS=$(or $(FUZZ_SECONDS),300) t/helper/run-tests fuzz
# Kills, power cuts, failing calls, rebalances and leases for longer: KILLS,
# POWERCUTS, EVENTS and LEASES are counts.
chaos: all unit
	@FAULT_LONG=1 $(B)/t/fault_test
	@FAULT_LONG=1 $(B)/t/cleaner_fault_test
	@$(RUN) MQ_BIN='$(abspath $(B))/bin' KILLS=$(or $(KILLS),2000) \
	    POWERCUTS=$(or $(POWERCUTS),200) EVENTS=$(or $(EVENTS),2500) \
	    MQ_BUILD='$(abspath $(B))' LEASES=$(or $(LEASES),100000) \
	    bats t/24-group-chaos.bats t/26-share-chaos.bats t/3*.bats
bench: all benches
	@MQ_BIN='$(abspath $(B))/bin' MQ_BENCH='$(abspath $(B))/bench' t/bench/run

format:
	clang-format -i $(C_FILES)
lint:
	clang-tidy --quiet --checks='-*,bugprone-*,clang-analyzer-*,performance-*,portability-*,misc-*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-misc-no-recursion' \
	    $(filter %.c,$(C_FILES)) -- -std=c11 -D_GNU_SOURCE -Ilibmq -Icmd -It/unit
	cppcheck --quiet --inline-suppr --error-exitcode=1 --std=c11 -Ilibmq -Icmd \
	    --enable=warning,performance,portability libmq cmd
clean:
	rm -rf $(B) $(B)-*

# ---- installing ---------------------------------------------------------------

D      = $(DESTDIR)$(PREFIX)
ifneq ($(words x$(D)x),1)
$(error DESTDIR and PREFIX: make knows no names with blanks)
endif
BASHD  = share/bash-completion/completions
FISHD  = share/fish/vendor_completions.d
FILES  = $(TOOLS:%=bin/%) include/mq.h lib/libmq.a lib/libmq.so.0 lib/libmq.so \
	lib/pkgconfig/mq.pc \
	$(foreach p,$(PAGES),share/man/man$(patsubst .%,%,$(suffix $p))/$(notdir $p)) \
	$(if $(wildcard completions/mq.bash),$(TOOLS:%=$(BASHD)/%)) \
	$(if $(wildcard completions/_mq),share/zsh/site-functions/_mq) \
	$(if $(wildcard completions/mq.fish),$(TOOLS:%=$(FISHD)/%.fish))
DIRS   = $(sort $(dir $(FILES:%=$(D)/%)))

# Which directories it had to make is kept for uninstall.
install: all
	@for d in $(DIRS); do while [ ! -d "$$d" ]; do echo "$$d"; \
	    d=$$(dirname "$$d"); done; done >>$(B)/made-directories
	mkdir -p $(DIRS)
	$(if $(TOOLS),install -m 755 $(TOOLS:%=$(B)/bin/%) $(D)/bin)
	install -m 644 $(B)/libmq.a $(D)/lib
	install -m 755 $(B)/libmq.so $(D)/lib/libmq.so.0
	ln -sf libmq.so.0 $(D)/lib/libmq.so
	awk '/^#include "/ { f = "libmq/" substr($$2, 2, length($$2) - 2); \
	    while ((getline line <f) > 0) print line; next } 1' \
	    libmq/mq.h >$(D)/include/mq.h
	printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' \
	    'includedir=$${prefix}/include' 'Name: mq' \
	    'Description: queues and topics in files' 'Version: $(VERSION)' \
	    'Libs: -L$${libdir} -lmq' 'Libs.private: -ldl' \
	    'Requires.private: $(NEEDS)' 'Cflags: -I$${includedir}' \
	    >$(D)/lib/pkgconfig/mq.pc
	chmod 644 $(D)/include/mq.h $(D)/lib/pkgconfig/mq.pc
	@set -e; put() { [ ! -e "$$1" ] || install -m 644 "$$1" "$(D)/$$2"; }; \
	for p in $(PAGES); do put $$p share/man/man$${p##*.}/; done; \
	for t in $(TOOLS); do put completions/mq.bash $(BASHD)/$$t; \
	    put completions/mq.fish $(FISHD)/$$t.fish; done; \
	put completions/_mq share/zsh/site-functions/

uninstall:
	rm -f $(FILES:%=$(D)/%)
	@[ ! -e $(B)/made-directories ] || sort -ru $(B)/made-directories | \
	    while read -r d; do rmdir "$$d" 2>/dev/null || :; done
	@rm -f $(B)/made-directories
