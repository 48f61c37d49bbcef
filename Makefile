# Latent Dream. `make help` lists the targets.
BUILD ?= build
CC ?= cc
PREFIX ?= /usr/local
PYTHON ?= python3
JOBS ?= $(shell nproc)
# The program is built for the machine it runs on; MARCH= builds it for any machine of the architecture.
MARCH ?= -march=native
OPTIMIZE ?= -O3 $(MARCH) -fno-math-errno -fno-trapping-math
OPENMP ?= -fopenmp
WARN = -Wall -Wextra -Werror
CFLAGS += -std=gnu11 -g $(OPTIMIZE) $(WARN) $(OPENMP) -Isrc -I/usr/lib/darknet/include $(EXTRA)
# LAPACK's own library, linked in and not exported: whatever else the system calls liblapack may start threads when it
# is loaded (OpenBLAS takes 10 ms for that), and libdarknet's OpenCV must not find our copy.
LIBRARIES := /usr/lib/$(shell gcc -print-multiarch 2>/dev/null)
LAPACK = $(if $(wildcard $(LIBRARIES)/lapack/liblapack.a),-L$(LIBRARIES)/lapack -L$(LIBRARIES)/blas -l:liblapacke.a \
    -l:liblapack.a -l:libblas.a -l:libgfortran.so.5 -Wl$(comma)--exclude-libs$(comma)liblapacke.a:liblapack.a:libblas.a,-llapacke -llapack)
comma := ,
LDLIBS += -ldnnl -lcjson -lpcre2-8 $(LAPACK) -lz -lm -ldl -lgomp $(EXTRA)

# make V=1 shows the commands.
Q = $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $@')

# A folder of src is a room; a room may include those before it in this list, never those after it. image and
# text never include each other.
ROOMS = base config compute engine image text report commands

PACKAGES = gcc make libc6-dev darknet libdnnl-dev libstb-dev libcjson-dev libpcre2-dev liblapacke-dev liblapack-dev \
    libblas-dev zlib1g-dev gnuplot-nox fonts-dejavu-core
TEST_PACKAGES = libcmocka-dev python3 ?chromium
CHECK_PACKAGES = clang-format cppcheck
FUZZ_PACKAGES = clang ?libclang-rt-dev
EXPERIMENTS = mnist-appendix text-baseline

room_objects = $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/$(1)/*.c))
archives = $(foreach room,$(1),$(BUILD)/lib$(room).a)

.PHONY: all
all: $(BUILD)/latentdream

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,cc)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

define ROOM_RULE
$(BUILD)/lib$(1).a: $(call room_objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)ar rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call ROOM_RULE,$(room))))

# libdarknet, opened at run time, finds the fast twins of its own loops in the program: see image/darknet_*.c.
$(BUILD)/latentdream: $(BUILD)/main.o $(call archives,$(ROOMS))
	$(call say,link)
	$(Q)$(CC) $(CFLAGS) $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -rdynamic -o $@ $(LDLIBS)

# tests/unit/ROOM/test_NAME.c is a cmocka program; it links that room and those before it.
rooms_up_to = $(if $(filter image,$(1)),base config compute engine image,$(if $(filter text,$(1)),base config compute engine text,$(call take_until,$(1),$(ROOMS))))
take_until = $(if $(2),$(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,$(call take_until,$(1),$(wordlist 2,99,$(2)))))
link_test = $(Q)$(CC) $(CFLAGS) -MMD -MP -MF $@.d -MT $@ -Itests $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -rdynamic -o $@ $(LDLIBS)
define UNIT_RULE
$(BUILD)/tests/$(1)/%: tests/unit/$(1)/%.c $(call archives,$(call rooms_up_to,$(1)))
	@mkdir -p $$(@D)
	$$(call say,test)
	$$(link_test) -lcmocka
endef
$(foreach room,$(ROOMS),$(eval $(call UNIT_RULE,$(room))))

# make unit ROOM=engine builds and runs the unit tests of one room; without ROOM, all of them.
ROOM ?= *
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard $(foreach room,$(if $(filter *,$(ROOM)),$(ROOMS),$(ROOM)),tests/unit/$(room)/test_*.c)))
SCRIPTS = $(wildcard tests/experiments/*.sh tests/page/*.sh tests/golden/*.sh)
.PHONY: unit
unit: $(UNIT)
	@PYTHON=$(PYTHON) tests/run_tests.sh $(BUILD) $^

# ---- what a person types

.PHONY: help
help:
	@echo 'make            build the program, $(BUILD)/latentdream'
	@echo 'make run        install what is missing, build, run experiments: $(EXPERIMENTS)'
	@echo 'make test       install what is missing, build, run every test'
	@echo 'make unit       the unit tests alone; ROOM=engine: those of one room'
	@echo 'make check      format, static analysis, order of rooms, cfg/README.md'
	@echo 'make asan       the unit tests with AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make fuzz       every fuzz target; SECONDS=60 for all together'
	@echo 'make bench      benchmarks as a table and as results/bench.tsv; PYTHON= with torch runs the peers too'
	@echo 'make install    to PREFIX=/usr/local, under DESTDIR='
	@echo 'make clean      remove what was built'

.PHONY: packages
packages:
	@tests/install-packages.sh $(PACKAGES)

# A second make starts after packages are in place, so that what it asks pkg-config or the compiler is there.
.PHONY: run
run: packages
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/latentdream
	@for name in $(EXPERIMENTS); do echo "== $$name"; $(BUILD)/latentdream run experiments/$$name.cfg --force || exit 1; done
	@echo; echo 'Reports and figures:'
	@for name in $(EXPERIMENTS); do ls results/$$name/report.html results/$$name/figures/*.png; done

.PHONY: test test-programs
test-programs: $(BUILD)/latentdream $(UNIT)
test: packages
	@tests/install-packages.sh $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory -j$(JOBS) test-programs
	@PYTHON=$(PYTHON) tests/run_tests.sh $(BUILD) $(UNIT) -- $(SCRIPTS)

SOURCES = $(shell find src tests -name '*.[ch]' ! -name '*_golden.h')
CLANG_FORMAT ?= $(firstword $(shell command -v clang-format-14 clang-format 2>/dev/null))
.PHONY: check check-format check-analysis check-rooms check-scripts check-reference
check: check-format check-rooms check-reference check-scripts check-analysis
	@echo 'check: all well'
# Formatters of different versions disagree on the same settings; this tree is formatted by version 14.
check-format:
	@if $(or $(CLANG_FORMAT),clang-format) --version 2>/dev/null | grep -q 'version 14'; then \
	    $(CLANG_FORMAT) --dry-run -Werror $(SOURCES); \
	else echo 'check-format: skipped, clang-format 14 is not here'; fi
check-rooms:
	@tests/check_rooms.sh
check-scripts:
	@if command -v shellcheck >/dev/null; then shellcheck -S warning -e SC2154 -x tests/*.sh tests/bench/*.sh $(SCRIPTS) .ci/run; \
	else echo 'check-scripts: skipped, shellcheck is not here'; fi
check-reference: $(BUILD)/latentdream
	@$(BUILD)/latentdream help --markdown | diff -u cfg/README.md - || { echo 'make cfg/README.md writes it'; exit 1; }
check-analysis:
	@tests/install-packages.sh $(CHECK_PACKAGES)
	@mkdir -p $(BUILD)/cppcheck
	cppcheck -j$$(nproc) --quiet --error-exitcode=1 --std=c11 --cppcheck-build-dir=$(BUILD)/cppcheck \
	    --enable=warning,portability --inline-suppr --suppressions-list=tests/cppcheck.txt -Isrc src

.PHONY: cfg/README.md
cfg/README.md: $(BUILD)/latentdream
	@mkdir -p cfg
	$(BUILD)/latentdream help --markdown > $@.part && mv $@.part $@

ASAN_BUILD = build-asan
.PHONY: asan
asan:
	@tests/install-packages.sh $(PACKAGES) $(TEST_PACKAGES)
	@ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:$$ASAN_OPTIONS LSAN_OPTIONS=suppressions=tests/lsan.txt:print_suppressions=0 \
	    UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) --no-print-directory -j$(JOBS) BUILD=$(ASAN_BUILD) \
	    OPTIMIZE='-O1 -fno-omit-frame-pointer' WARN='-Wall -Wno-maybe-uninitialized -Wno-format-truncation' \
    EXTRA='-fsanitize=address,undefined -fno-sanitize-recover=undefined' unit

# A fuzz target is tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput. clang has no OpenMP library of its own here:
# its objects run on one thread.
FUZZ_BUILD = build-fuzz
FUZZ = $(patsubst tests/fuzz/%.c,$(FUZZ_BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
SECONDS ?= 60
.PHONY: fuzz fuzz-programs
fuzz:
	@tests/install-packages.sh $(PACKAGES) $(FUZZ_PACKAGES)
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(FUZZ_BUILD) CC=clang OPENMP='-fopenmp-simd -Itests/fuzz/serial' \
	    OPTIMIZE='-O1 -fno-omit-frame-pointer' WARN='-Wall -Wno-unknown-pragmas -Wno-pass-failed' \
	    EXTRA='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' fuzz-programs
	@tests/run_fuzz.sh $(FUZZ_BUILD) $(SECONDS)
fuzz-programs: $(FUZZ)
$(FUZZ_BUILD)/fuzz_%: tests/fuzz/fuzz_%.c $(call archives,base config compute engine image text)
	@mkdir -p $(@D)
	$(call say,fuzz)
	$(link_test) -fsanitize=fuzzer

BENCH_PROGRAMS = $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c))
.PHONY: bench
bench: $(BUILD)/latentdream $(BENCH_PROGRAMS)
	@PYTHON=$(PYTHON) tests/bench/run.sh results/bench.tsv $(BENCH_PROGRAMS)
$(BUILD)/bench/%: tests/bench/%.c $(call archives,base config compute engine image text report)
	@mkdir -p $(@D)
	$(call say,bench)
	$(link_test)

SHARE = $(DESTDIR)$(PREFIX)/share/latentdream
.PHONY: install
install: $(BUILD)/latentdream
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)
	install -m 755 $< $(DESTDIR)$(PREFIX)/bin/latentdream
	cp -R --no-preserve=ownership cfg experiments data plots $(SHARE)/

.PHONY: clean
clean:
	rm -rf $(BUILD) $(ASAN_BUILD) $(FUZZ_BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
