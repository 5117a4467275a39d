#!/bin/sh
# Formats the C sources with clang-format 14; --check only tells which files
# would change. The samples of tests/lint/bad are wrong on purpose.
set -eu
cd "$(dirname "$0")/.."
format=$(command -v clang-format-14) || {
    echo "clang-format-14 is missing: scripts/install-deps.sh test" >&2
    exit 1
}
[ "${1:-}" != --check ] && mode=-i || mode="--dry-run --Werror"
# shellcheck disable=SC2086 # words on purpose
git ls-files -z --cached --others --exclude-standard '*.c' '*.h' \
    ':!tests/lint/bad' |
    xargs -0 -r "$format" $mode
