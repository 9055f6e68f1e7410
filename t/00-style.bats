#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The tree looks as the project has agreed on.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
}

# The files of the project, one a line: what git knows or would take.
files() {
	git -c safe.directory='*' ls-files -co --exclude-standard -- "$@" |
		while read -r f; do [ ! -f "$f" ] || echo "$f"; done
}

# Those of them that are scripts of a shell that shellcheck reads.
scripts() {
	files | while read -r f; do
		if head -n 1 "$f" | tr -d '\0' |
			grep -qE '^#!.*(/| )(sh|bash|bats)( |$)|^# shellcheck shell='; then
			echo "$f"
		fi
	done
}

need() {
	command -v "$1" >/dev/null || skip "no $1"
}

@test "the top level holds what was agreed, and dot files" {
	run -0 --separate-stderr files
	extra=$(printf '%s\n' "${lines[@]}" | cut -d/ -f1 | sort -u |
		grep -vxE 'Makefile|README\.md|LICENSE|cmd|libmq|man|t|completions|\..*') || :
	[ -z "$extra" ] || { echo "not agreed: $extra"; false; }
}

@test "every source file names its licence" {
	without=$(files '*.[ch]' '*.bats' '*.sh' '*.bash' Makefile man completions \
		t/helper .ci | xargs grep -L 'SPDX-License-Identifier: ISC') || :
	[ -z "$without" ] || { echo "$without"; false; }
}

@test "a .c file includes its own header first" {
	wrong=$(files 'libmq/*.c' 'cmd/*.c' | while read -r c; do
		h=${c%.c}.h
		[ -f "$h" ] || continue
		first=$(grep -m1 '^#include' "$c")
		case $first in
		"#include \"${h#*/}\"") ;;
		*) echo "$c: $first" ;;
		esac
	done)
	[ -z "$wrong" ] || { echo "$wrong"; false; }
}

@test "no file holds more than one concept (450 lines)" {
	big=$(files 'cmd/*.[ch]' 'libmq/*/*.[ch]' 't/*/*.[ch]' | xargs wc -l |
		awk '$2 != "total" && $1 > 450 { print $2 ": " $1 " lines" }')
	[ -z "$big" ] || { echo "$big"; false; }
}

@test "C is formatted as .clang-format says" {
	need clang-format
	files '*.[ch]' | xargs clang-format --dry-run -Werror
}

@test "shellcheck has nothing to say" {
	need shellcheck
	scripts | xargs shellcheck
}

@test "mandoc has nothing to say" {
	need mandoc
	[ -d man ] || skip 'no man pages yet'
	mandoc -Tlint -W warning man/*
}

@test "no source line ends in blanks, no file lacks its last newline" {
	wrong=$(files '*.[ch]' '*.bats' Makefile README.md t/helper .ci man \
		completions | while read -r f; do
		grep -nH '[[:blank:]]$' "$f" || :
		[ -z "$(tail -c 1 "$f")" ] || echo "$f: no newline at its end"
	done)
	[ -z "$wrong" ] || { echo "$wrong"; false; }
}
