# Latent Dream.   make run    make test    make bench    make check    make asan    make install PREFIX=/usr/local
BUILD ?= build
CC ?= cc
PREFIX ?= /usr/local
# The program is built for the machine it runs on; MARCH= builds it for any machine of the architecture.
MARCH ?= -march=native
OPTIMIZE ?= -O3 $(MARCH) -fno-math-errno -fno-trapping-math
WARN = -Wall -Wextra -Werror
CFLAGS += -std=gnu11 -g $(OPTIMIZE) $(WARN) -fopenmp -Isrc -I/usr/lib/darknet/include $(EXTRA)
LDLIBS += -ldnnl -lcjson -lpcre2-8 -llapacke -llapack -lz -lm -ldl -lgomp $(EXTRA)

# A folder of src is a room; a room may include those before it in this list, never those after it. image and
# text never include each other.
ROOMS = base config compute engine image text report commands

room_objects = $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/$(1)/*.c))
archives = $(foreach room,$(1),$(BUILD)/lib$(room).a)

.PHONY: all
all: $(BUILD)/latentdream

$(BUILD)/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

define ROOM_RULE
$(BUILD)/lib$(1).a: $(call room_objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call ROOM_RULE,$(room))))

# libdarknet, opened at run time, finds the fast twins of its own loops in the program: see image/darknet_*.c.
$(BUILD)/latentdream: $(BUILD)/main.o $(call archives,$(ROOMS))
	$(CC) $(CFLAGS) $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group -rdynamic -o $@ $(LDLIBS)

# tests/unit/ROOM/test_NAME.c is a cmocka program; it links that room and those before it.
rooms_up_to = $(if $(filter image,$(1)),base config compute engine image,$(if $(filter text,$(1)),base config compute engine text,$(call take_until,$(1),$(ROOMS))))
take_until = $(if $(2),$(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,$(call take_until,$(1),$(wordlist 2,99,$(2)))))
define UNIT_RULE
$(BUILD)/tests/$(1)/%: tests/unit/$(1)/%.c $(call archives,$(call rooms_up_to,$(1)))
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -MMD -MP -Itests $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group -rdynamic -o $$@ $$(LDLIBS) -lcmocka
endef
$(foreach room,$(ROOMS),$(eval $(call UNIT_RULE,$(room))))

# make unit ROOM=engine builds and runs the unit tests of one room; without ROOM, all of them.
ROOM ?= *
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/$(ROOM)/test_*.c))
.PHONY: unit
unit: $(UNIT)
	@for test in $^; do echo "== $$test"; ./$$test || exit 1; done

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
