#!/bin/sh
# Serves the demonstration company; loads it first when the SQLite file is not
# there yet. It is loaded beside its place and moved: one that was interrupted
# is started over, never served half full.
#
#   scripts/run.sh DB LISTEN
set -eu
db=$1 listen=$2

file=${db#sqlite:}
if [ "$file" != "$db" ] && [ ! -e "$file" ]; then
    folder=$(dirname "$file")
    part=$folder/loading
    rm -rf "$part"
    mkdir -p "$part"
    build/guanxi demo --db "sqlite:$part/$(basename "$file")"
    mv "$part"/* "$folder/"
    rmdir "$part"
fi
exec build/guanxi serve --db "$db" --listen "$listen" --demo
