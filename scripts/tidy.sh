#!/bin/sh
# clang-tidy with the checks of .clang-tidy over every C source of src/, and
# cppcheck as a second opinion. Findings are errors.
#
#   scripts/tidy.sh [FILE...]
set -eu
cd "$(dirname "$0")/.."
folder=build-clang
[ -e $folder/build.ninja ] ||
    CC=clang-14 meson setup $folder -Dweb=false >/dev/null
ninja -C $folder --quiet
[ $# -gt 0 ] || set -- $(git ls-files 'src/*.c')
printf '%s\n' "$@" |
    xargs -P "$(nproc)" -n 4 clang-tidy-14 -p $folder --quiet \
        --warnings-as-errors='*' 2>/dev/null
# cppcheck 2.10 takes the pointer inside a struct str returned by value for one
# into the struct itself, and loses its way in initialisers with macros.
cppcheck --std=c11 --language=c --enable=warning,portability --inline-suppr \
    --error-exitcode=1 --quiet -j "$(nproc)" -I src \
    --suppress=missingIncludeSystem --suppress=returnDanglingLifetime \
    --suppress=internalAstError "$@"
