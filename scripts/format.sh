#!/bin/sh
# Formats the C sources with clang-format 14; --check only tells which files
# would change. Samples that are wrong or expected as they are stay so.
set -eu
cd "$(dirname "$0")/.."
format=$(command -v clang-format-14) || {
    echo "clang-format-14 is missing: scripts/install-deps.sh test" >&2
    exit 1
}
[ "${1:-}" != --check ] && mode=-i || mode="--dry-run --Werror"
# shellcheck disable=SC2086 # words on purpose
git ls-files -z --cached --others --exclude-standard '*.c' '*.h' \
    ':!tests/lint/bad' ':!tests/model/good' ':!tests/model/bad' |
    xargs -0 -r "$format" $mode
