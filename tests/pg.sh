#!/bin/bash
# A PostgreSQL 15 server for tests: a fresh cluster in a temporary folder on a
# free port of 127.0.0.1, gone afterwards. No durability: for speed.
#
#   tests/pg.sh COMMAND [ARG...]   runs it with GUANXI_TEST_PG set to the URL
#   tests/pg.sh                    prints the URL and serves until its standard
#                                  input ends (so it never outlives its caller)
set -euo pipefail

BIN=/usr/lib/postgresql/15/bin
[ -x $BIN/initdb ] || {
    echo "tests/pg.sh: no PostgreSQL 15: scripts/install-deps.sh test" >&2
    exit 1
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/guanxi-pg-XXXXXX")

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}
[ "$(id -u)" -ne 0 ] || chown postgres "$folder"

finish() {
    as_owner $BIN/pg_ctl -D "$folder/data" -m immediate -w stop \
        >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 129' HUP INT TERM

cd "$folder"
as_owner $BIN/initdb -D "$folder/data" -U guanxi -A trust -E UTF8 \
    --locale=C --no-sync >"$folder/initdb.log" || {
    cat "$folder/initdb.log" >&2
    exit 1
}

# The port is chosen by trying: the next one when it is taken.
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + RANDOM % 12000))
    options="-p $port -c listen_addresses=127.0.0.1"
    options+=" -c unix_socket_directories=$folder -c max_connections=200"
    options+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    options+=" -c shared_buffers=128MB -c max_prepared_transactions=10"
    if as_owner $BIN/pg_ctl -D "$folder/data" -l "$folder/log" -w -t 30 \
        -o "$options" start >/dev/null 2>&1; then
        break
    elif [ "$attempt" = 10 ]; then
        cat "$folder/log" >&2
        exit 1
    fi
done
cd - >/dev/null

export GUANXI_TEST_PG="postgresql://guanxi@127.0.0.1:$port/postgres"
if [ $# -gt 0 ]; then
    "$@"
else
    echo "$GUANXI_TEST_PG"
    cat >/dev/null
fi
