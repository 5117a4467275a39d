#!/bin/bash
# A throw-away PostgreSQL server for tests.
#     eval "$(tests/pg.sh start [--fsync-off])"   sets GUANXI_TEST_PG (its URL)
#                                                 and GUANXI_TEST_PG_DIR
#     tests/pg.sh stop                            ends it and removes its files
#     tests/pg.sh run COMMAND [ARG...]            a server for one command
#     tests/pg.sh serve                           prints the URL, serves until
#                                                 its standard input ends
# Needs the server binaries of PostgreSQL 13 or later; installs nothing. Run as
# root, the server runs as user postgres. It listens on a loopback port of its
# own and on a socket in its folder, and trusts everyone who gets there.
set -euo pipefail

say() {
    echo "pg.sh: $*" >&2
}

bin_folder() {
    local d
    for d in /usr/lib/postgresql/*/bin; do
        [ -x "$d/initdb" ] && echo "$d"
    done | sort -V | tail -n 1
}

# Runs a command as the user the server runs as.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

make_cluster() {
    as_server "$bin/initdb" -k -D "$dir/data" -U postgres --auth=trust \
        --locale=C --encoding=UTF8 --no-instructions --no-sync \
        >"$dir/initdb.log" 2>&1
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir'
max_connections = 60
shared_buffers = 64MB
fsync = $fsync
full_page_writes = $fsync
log_min_messages = warning
CONF
}

# Ports below the kernel's own range; a taken one makes the start fail.
start_server() {
    local try
    for try in $(seq 1 20); do
        port=$((20000 + RANDOM % 12000))
        if as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 30 \
            -o "-p $port" start >"$dir/pg_ctl.log" 2>&1; then
            return 0
        fi
    done
    return 1
}

start() {
    fsync=on
    [ "${1:-}" = "--fsync-off" ] && fsync=off
    bin=$(bin_folder)
    if [ -z "$bin" ]; then
        say "no PostgreSQL server found (package postgresql)"
        exit 1
    fi
    if [ "$(id -u)" -eq 0 ] && ! id postgres >/dev/null 2>&1; then
        say "user postgres is missing (package postgresql)"
        exit 1
    fi
    dir=$(mktemp -d "${TMPDIR:-/tmp}/guanxi-pg.XXXXXX")
    chmod 755 "$dir"
    [ "$(id -u)" -eq 0 ] && chown postgres "$dir"
    if ! make_cluster || ! start_server; then
        say "the server did not start:"
        cat "$dir"/*.log "$dir/log" >&2 2>/dev/null || true
        rm -rf "$dir"
        exit 1
    fi
    as_server "$bin/createdb" -h "$dir" -p "$port" -U postgres guanxi_test
    echo "export GUANXI_TEST_PG=postgresql://postgres@127.0.0.1:$port/guanxi_test"
    echo "export GUANXI_TEST_PG_DIR=$dir"
}

stop() {
    dir=${GUANXI_TEST_PG_DIR:-}
    case $dir in
    */guanxi-pg.*) ;;
    *)
        say "GUANXI_TEST_PG_DIR is not set: nothing to stop"
        exit 1
        ;;
    esac
    [ -d "$dir" ] || exit 0
    bin=$(bin_folder)
    as_server "$bin/pg_ctl" -D "$dir/data" -m fast -w stop >/dev/null || true
    rm -rf "$dir"
}

# A server that ends with this script; without durability, for speed.
start_here() {
    local exports
    exports=$(start --fsync-off)
    eval "$exports"
    trap stop EXIT
    trap 'exit 129' HUP INT TERM
}

here=$PWD
cd /
case ${1:-} in
start) start "${2:-}" ;;
stop) stop ;;
run)
    start_here
    cd "$here"
    shift
    "$@"
    ;;
serve)
    start_here
    echo "$GUANXI_TEST_PG"
    cat >/dev/null
    ;;
*)
    say "usage: pg.sh start [--fsync-off] | stop | run COMMAND... | serve"
    exit 2
    ;;
esac
