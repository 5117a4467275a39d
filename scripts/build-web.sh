#!/bin/sh
# Builds the web interface into web/dist when a source of it has changed since
# (by content, so that clones and checkouts do not matter).
set -eu
cd "$(dirname "$0")/.."
scripts/npm-ci.sh web
state=$(find web -name node_modules -prune -o -path web/dist -prune -o \
    -type f -print | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum)
mark=web/node_modules/.built
if [ -e web/dist/index.html ] && [ "$(cat $mark 2>/dev/null)" = "$state" ]; then
    exit 0
fi
echo "building the web interface" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rm -f $mark
(cd web && npm run --silent build) >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
echo "$state" >$mark
