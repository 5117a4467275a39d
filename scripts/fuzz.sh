#!/bin/sh
# Searches for inputs that a reader can't take, with libFuzzer and the address
# and undefined-behaviour sanitizers. What it finds new stands in
# build-fuzz/found/NAME; an input that breaks the reader is printed and belongs,
# once mended, into tests/fuzz/corpus/NAME.
#
#   scripts/fuzz.sh NAME [SECONDS]      http json table query
set -eu
cd "$(dirname "$0")/.."
name=${1:?usage: scripts/fuzz.sh http|json|table|query [SECONDS]}
folder=build-fuzz
[ -e $folder/build.ninja ] ||
    CC=clang-14 meson setup $folder -Dtesting=true -Dweb=false -Dfuzzer=true \
        -Db_sanitize=address,undefined -Db_lundef=false \
        -Dc_args=-fsanitize=fuzzer-no-link >/dev/null
ASAN_OPTIONS=detect_leaks=0 ninja -C $folder --quiet "tests/unit/fuzz_$name"
mkdir -p "$folder/found/$name"
exec $folder/tests/unit/fuzz_"$name" -max_total_time="${2:-60}" -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="$folder/found/" \
    "$folder/found/$name" "tests/fuzz/corpus/$name"
