#!/bin/sh
# Rewrites the committed files that follow from model/: the schema for editors
# and the lock. --first also drafts 0001_init.sql anew: only while no database
# that matters was made from it; afterwards a change is a migration of its own:
#     BUILD/src/model/modelc diff model/model.lock.json model
#
#     tools/model_files.sh BUILD [--first]
set -eu
build=${1:?usage: tools/model_files.sh BUILD [--first]}
cd "$(dirname "$0")/.."
modelc=$build/src/model/modelc
ninja -C "$build" src/model/modelc >/dev/null

write() {
    "$modelc" "$2" model >"$1.new" && mv "$1.new" "$1" && echo "$1"
}
write model/_schema.json schema
write model/model.lock.json lock
[ "${2-}" = --first ] || exit 0
first=migrations/0001_init.sql
empty=$(mktemp)
trap 'rm -f "$empty"' EXIT
echo '{"entities":[]}' >"$empty"
{
    echo '-- The tables of the first version, as modelc drafts them from model/'
    echo '-- against an empty lock. Sections apply in the order they stand in.'
    "$modelc" diff "$empty" model
} >$first.new && mv $first.new $first && echo $first
