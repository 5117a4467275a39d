#!/bin/sh
# Installs a folder's npm packages exactly as its lock file says, and only when
# that file differs from the one installed last.
#
#   scripts/npm-ci.sh FOLDER
set -eu
cd "$1"
mark=node_modules/.installed
if [ -e "$mark" ] && cmp -s package-lock.json "$mark"; then
    touch "$mark"
    exit 0
fi
echo "installing the npm packages of $1" >&2
options="--no-audit --no-fund --loglevel=error"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# npm 11 refuses `ci` when the lock file leaves out other systems' variants of
# a package; `install --no-save` takes the same versions and is content.
# shellcheck disable=SC2086 # words on purpose
npm ci $options >"$log" 2>&1 ||
    npm install --no-save $options >"$log" 2>&1 ||
    npm install --no-save $options >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
cp package-lock.json "$mark"
