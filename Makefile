# SPDX-License-Identifier: GPL-2.0
#
# `make help' lists the targets. Nothing outside build/ is written, except by
# `make install' and by tests/setup.sh.

BUILD   ?= build
# The same from anywhere, as the scripts want it.
override BUILD := $(abspath $(BUILD))
PREFIX  ?= /usr/local
DESTDIR ?=
CFLAGS  ?= -O2 -g
KVERS   := 6.1 6.12

ifneq ($(filter-out $(KVERS) debug uml,$(KVER)),)
$(error KVER=$(KVER) is neither debug, nor uml, nor one of the Debian cloud kernels we fetch: $(KVERS). For another kernel leave KVER empty and set KDIR=/path/to/its/headers)
endif

# Where kernel headers are: fetched ones with KVER=..., else the running
# kernel's, or those of KDIR.
ifneq ($(filter debug uml,$(KVER)),)
  KNAME := $(KVER)
  KDIR   = $(wildcard $(BUILD)/kernels/$(KVER)/usr/src/linux-headers-*-debug)
else ifneq ($(KVER),)
  KNAME := $(KVER)
  KDIR   = $(wildcard $(BUILD)/kernels/$(KVER)/usr/src/linux-headers-*-cloud-amd64)
else
  KRELEASE ?= $(shell uname -r)
  KNAME := host
  KDIR  ?= /lib/modules/$(KRELEASE)/build
endif

MODDIR := $(BUILD)/$(KNAME)/module

.PHONY: all modules tools kernel headers mobctl install install-tools uninstall uninstall-tools deb check check-unit check-mutants check-debug check-deb demo transcript style \
	sparse clean help

all: modules tools

# ------------------------------------------------------------------- modules

kernel:
ifneq ($(filter debug uml,$(KVER)),)
	@BUILD=$(BUILD) tests/vm/debug-kernel.sh $(KVER) >/dev/null
else ifneq ($(KVER),)
	@BUILD=$(BUILD) tests/vm/fetch-kernel.sh $(KVER) >/dev/null
endif

headers: kernel
ifeq ($(KVER),)
	@if [ ! -e "$(KDIR)/Makefile" ]; then \
		echo "There are no kernel headers in $(KDIR)."; \
		echo "  For the running kernel:  apt-get install linux-headers-$(KRELEASE)"; \
		echo "  For a Debian kernel that is fetched into $(BUILD)/ and not installed:"; \
		echo "                           make KVER=6.1   or   make KVER=6.12"; \
		echo "  For any other kernel:    make KDIR=/path/to/headers"; \
		exit 1; \
	fi >&2
endif

modules: headers
	@tools/kbuild.sh "$(KDIR)" "$(MODDIR)" modules

# Sparse reads everything again; a warning in our files is a failure.
sparse: headers
	@tools/kbuild.sh "$(KDIR)" "$(MODDIR)" sparse

# --------------------------------------------------------------------- tools

PROGS := $(patsubst tests/prog/%.c,$(BUILD)/tests/prog/%,$(wildcard tests/prog/*.c))
TOOLS := $(patsubst tools/run/preload.c,$(BUILD)/tools/libtcpmob-preload.so,$(wildcard tools/run/preload.c))

MOBCTL := $(BUILD)/tools/mobctl $(BUILD)/tools/mobrun
# The version of what is installed: one for modules, tools and package.
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

TOOL_CFLAGS := -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Iinclude/uapi

tools: $(PROGS) mobctl
mobctl: $(TOOLS) $(MOBCTL)

# A program names what it is linked with: /* LINK: -lcrypto */
link_flags = $(shell sed -n 's,.*/\* LINK: *\(.*[^ ]\) *\*/.*,\1,p' $(1))

$(BUILD)/tests/prog/%: tests/prog/%.c $(wildcard tests/prog/*.h include/uapi/linux/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TOOL_CFLAGS) -o $@ $< $(LDFLAGS) $(call link_flags,$<)

$(BUILD)/tools/libtcpmob-preload.so: tools/run/preload.c $(wildcard tools/run/*.h include/uapi/linux/*.h)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TOOL_CFLAGS) -fPIC -shared -o $@ $< $(LDFLAGS) -ldl $(call link_flags,$<)

MOBCTL_SRC := $(wildcard tools/mobctl/*.c tools/run/run.c)
NL_CFLAGS   = $(shell pkg-config --cflags libnl-genl-3.0)
NL_LIBS     = $(shell pkg-config --libs libnl-genl-3.0)

# Where it looks for its library is compiled in: another place, another mobctl.
$(BUILD)/tools/.libdir: FORCE
	@mkdir -p $(@D)
	@echo '$(LIBDIR)' | cmp -s - $@ || echo '$(LIBDIR)' >$@
FORCE:

$(BUILD)/tools/mobctl: $(MOBCTL_SRC) $(wildcard tools/mobctl/*.h tools/run/*.h include/uapi/linux/*.h) dkms.conf $(BUILD)/tools/.libdir
	@pkg-config --exists libnl-genl-3.0 || { \
		echo "mobctl needs libnl: apt-get install libnl-genl-3-dev pkg-config" >&2; exit 1; }
	$(CC) $(CFLAGS) $(TOOL_CFLAGS) $(NL_CFLAGS) -DVERSION='"$(VERSION)"' -DLIBDIR='"$(LIBDIR)"' \
		-o $@ $(MOBCTL_SRC) $(LDFLAGS) $(NL_LIBS)

# The name of the earlier command.
$(BUILD)/tools/mobrun: $(BUILD)/tools/mobctl
	ln -sf mobctl $@

# ------------------------------------------------------------------- install

install: modules tools install-tools
ifneq ($(KVER),)
	@echo "make install is for the running kernel; leave KVER away" >&2; exit 1
endif
	@tools/kbuild.sh "$(KDIR)" "$(MODDIR)" modules_install "$(DESTDIR)"

LIBDIR  ?= $(PREFIX)/lib
DATADIR := $(DESTDIR)$(PREFIX)/share
EXAMPLES := $(DATADIR)/doc/tcp-mobility/examples
# Pages for users: both modules and the program.
DOCS := $(addprefix Documentation/,mobctl.rst tcp_mobility.rst tcp_mobility-sysctl.rst mip6_ice.rst mip6_ice-sysctl.rst)

# All but the modules.
install-tools: mobctl
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR) $(EXAMPLES)
	install -m 755 $(BUILD)/tools/mobctl $(DESTDIR)$(PREFIX)/bin/mobctl
	ln -sf mobctl $(DESTDIR)$(PREFIX)/bin/mobrun
	install -m 644 $(TOOLS) $(DESTDIR)$(LIBDIR)/
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/linux include/uapi/linux/*.h
	install -D -m 644 -t $(DATADIR)/man/man8 tools/man/mobctl.8
	ln -sf mobctl.8 $(DATADIR)/man/man8/mobrun.8
	install -D -m 644 -t $(DATADIR)/man/man7 $(wildcard tools/man/*.7)
	install -D -m 644 tools/completion/mobctl.bash \
		$(DATADIR)/bash-completion/completions/mobctl
	ln -sf mobctl $(DATADIR)/bash-completion/completions/mobrun
	install -D -m 644 tools/completion/_mobctl $(DATADIR)/zsh/site-functions/_mobctl
	install -D -m 644 tools/examples/modules-load.conf $(EXAMPLES)/modules-load.d/tcp_mobility.conf
	install -D -m 644 tools/examples/sysctl.conf $(EXAMPLES)/sysctl.d/tcp_mobility.conf
	install -D -m 644 -t $(DATADIR)/doc/tcp-mobility $(wildcard tools/wireshark/*.lua) $(DOCS)

# What install has put there, and nothing else.
uninstall: uninstall-tools
ifneq ($(KVER),)
	@echo "make uninstall is for the running kernel; leave KVER away" >&2; exit 1
endif
	@tools/kbuild.sh "$(KDIR)" "$(MODDIR)" modules_uninstall "$(DESTDIR)"

INSTALLED := $(addprefix $(DESTDIR)$(PREFIX)/bin/,mobctl mobrun) \
	$(addprefix $(DESTDIR)$(LIBDIR)/,$(notdir $(TOOLS))) \
	$(addprefix $(DESTDIR)$(PREFIX)/include/linux/,$(notdir $(wildcard include/uapi/linux/*.h))) \
	$(addprefix $(DATADIR)/man/man8/,mobctl.8 mobrun.8) \
	$(addprefix $(DATADIR)/man/man7/,$(notdir $(wildcard tools/man/*.7))) \
	$(addprefix $(DATADIR)/bash-completion/completions/,mobctl mobrun) \
	$(DATADIR)/zsh/site-functions/_mobctl \
	$(EXAMPLES)/modules-load.d/tcp_mobility.conf $(EXAMPLES)/sysctl.d/tcp_mobility.conf \
	$(addprefix $(DATADIR)/doc/tcp-mobility/,$(notdir $(wildcard tools/wireshark/*.lua) $(DOCS)))
# Directories of nobody else.
INSTALLED_DIRS := $(EXAMPLES)/modules-load.d $(EXAMPLES)/sysctl.d $(EXAMPLES) $(DATADIR)/doc/tcp-mobility

# Standard directories stay where they are in use; below DESTDIR they go when
# nothing else is there.
uninstall-tools:
	rm -f $(INSTALLED)
ifeq ($(DESTDIR),)
	@for dir in $(INSTALLED_DIRS); do \
		[ ! -d "$$dir" ] || rmdir --ignore-fail-on-non-empty "$$dir" || exit; \
	done
else
	@cd "$(DESTDIR)" && for dir in $(sort $(patsubst $(DESTDIR)/%,%,$(dir $(INSTALLED)))); do \
		[ ! -d "$$dir" ] || rmdir -p --ignore-fail-on-non-empty "$$dir" || exit; \
	done
endif

# Debian packages into $(BUILD)/deb.
deb:
	@BUILD=$(BUILD) packaging/deb.sh

# --------------------------------------------------------------------- tests

# Unit tests on the host, both kernels built and read by sparse, the stories
# of tests/net on both kernels in virtual machines. KVERS="6.12" takes one.
check:
	@BUILD=$(BUILD) tests/check.sh $(KVERS)

check-unit:
	@BUILD=$(BUILD) tests/check.sh --unit

# Do the unit tests fail when the code is wrong? Minutes, so not in `check'.
check-mutants:
	@$(MAKE) --no-print-directory -C tests/unit BUILD=$(BUILD)/unit mutate

# The stories on a debug kernel of our own; the first time it is built. It is a
# process of this machine; DEBUG_SMP=1 takes a virtual machine.
check-debug:
	@BUILD=$(BUILD) tests/check.sh $(if $(filter 1,$(DEBUG_SMP)),debug,uml)

# The Debian packages, in a root directory of their own and in machines.
check-deb:
	@BUILD=$(BUILD) tests/check.sh --deb $(KVERS)

demo:
	@tests/setup.sh
	@$(MAKE) --no-print-directory KVER=$(or $(KVER),6.12) modules tools
	@tests/vm/run.sh --kver $(or $(KVER),6.12) --icount --timeout 900 \
		--outdir $(BUILD)/out/demo -- bash tests/demo/demo.sh

# The session of Documentation/mobctl.rst, made anew.
transcript:
	@$(MAKE) --no-print-directory KVER=$(or $(KVER),6.12) modules tools
	@tests/vm/run.sh --kver $(or $(KVER),6.12) --icount --timeout 300 \
		--outdir $(BUILD)/out/transcript -- bash tests/demo/transcript.sh
	@tools/transcript.sh $(BUILD)/out/transcript/transcript.txt Documentation/mobctl.rst

style: headers
	@tools/style.sh "$(KDIR)"
	@$(MAKE) --no-print-directory modules sparse

clean:
	rm -rf $(BUILD)/deb $(BUILD)/deb-root $(BUILD)/6.1 $(BUILD)/6.12 $(BUILD)/debug $(BUILD)/host $(BUILD)/tests \
		$(BUILD)/tools $(BUILD)/unit $(BUILD)/out $(BUILD)/vm
	@echo "The fetched kernels stay in $(BUILD)/kernels and $(BUILD)/debs; rm -rf $(BUILD) takes them, too."

help:
	@echo "make              modules and tools for the running kernel"
	@echo "make KVER=6.1     the same for Debian's 6.1 cloud kernel, fetched into $(BUILD)/"
	@echo "make KVER=6.12    the same for 6.12; both may exist side by side"
	@echo "make KDIR=DIR     the same with the kernel headers in DIR"
	@echo
	@echo "  modules tools   one of the two alone"
	@echo "  install         install for the running kernel (PREFIX=$(PREFIX), DESTDIR=)"
	@echo "  install-tools   the same without the modules"
	@echo "  uninstall       remove what install put there (uninstall-tools likewise)"
	@echo "  deb             Debian packages: module (DKMS) and tools, in $(BUILD)/deb"
	@echo "  check           all tests, on both kernels in virtual machines"
	@echo "  check-unit      unit tests alone, on this machine"
	@echo "  check-mutants   do the unit tests fail when the code is wrong? (minutes)"
	@echo "  check-debug     all stories on a kernel with KASAN, lockdep, kmemleak..."
	@echo "  check-deb       Debian packages: built, installed, loaded, removed; as root"
	@echo "  demo            the demonstration, in a virtual machine (KVER=6.12)"
	@echo "  transcript      the session in Documentation/mobctl.rst, made anew"
	@echo "  sparse          static checks; a warning is a failure (KVER=...)"
	@echo "  style           checkpatch, W=1 and sparse (KVER=...)"
	@echo "  clean           remove what was built; fetched kernels stay"
	@echo
	@echo "Stories on the running kernel:  make -C tests run_tests   (as root)"
