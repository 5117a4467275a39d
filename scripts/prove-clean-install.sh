#!/bin/bash
# Proves the front door on a fresh Debian 12: makes a minimal system with
# debootstrap from this machine's own package source, clones the last commit
# into it, types `make run`, waits for the printed address, signs in, types it
# again to see that the second run is quick, and stops. Needs root.
#
#   scripts/prove-clean-install.sh [run|test|ci|shell]
#
#   run    (default) make run, sign in
#   test   make test     ci     bash .ci/run     shell   look around by hand
#   KEEP=1 keeps the system's folder; ROOT=DIR chooses it, and takes a kept
#   one as it is (the clone in it is renewed)
#
# Everything runs in a mount and process namespace of its own: whatever ends
# the script, no mount and no process stays behind.
set -euo pipefail

MODE=${1:-run}
REPO=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
CA_FOLDER=/usr/local/share/ca-certificates
HOME_INSIDE=/srv/home

say() {
    printf '\n== %s\n' "$*"
}

die() {
    echo "prove-clean-install: $*" >&2
    exit 1
}

# The first Debian archive of this machine's package source.
apt_mirror() {
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
        sed -n -E -e 's/^URIs: *([^ ]+).*/\1/p' \
            -e 's/^deb (\[[^]]*\] )?([a-z+]+:[^ ]+).*/\2/p' |
        grep -E '/debian/?$' | head -n 1
}

outside() {
    [ "$(id -u)" -eq 0 ] || die "needs root (debootstrap, chroot)"
    command -v debootstrap >/dev/null || die "apt-get install debootstrap"
    case "$MODE" in
    run | test | ci | shell) ;;
    *) die "unknown mode $MODE: run, test, ci or shell" ;;
    esac
    local made=
    if [ -z "${ROOT:-}" ]; then
        ROOT=$(mktemp -d "${TMPDIR:-/tmp}/guanxi-clean-XXXXXX")
        made=1
    fi
    if [ ! -e "$ROOT/etc/debian_version" ]; then
        local mirror
        mirror=$(apt_mirror)
        [ -n "$mirror" ] || die "no Debian archive in /etc/apt"
        say "debootstrap into $ROOT"
        mkdir -p "$ROOT"
        debootstrap --variant=minbase bookworm "$ROOT" "$mirror" \
            >"$ROOT.log" 2>&1 || die "debootstrap failed, see $ROOT.log"
        rm -f "$ROOT.log"
    fi
    bring_in
    local status=0
    ROOT="$ROOT" unshare --mount --pid --fork --kill-child --mount-proc \
        "$0" --inside "$MODE" || status=$?
    if [ -n "$made" ] && [ -z "${KEEP:-}" ]; then
        rm -rf --one-file-system "$ROOT"
    else
        echo "kept: $ROOT"
    fi
    return $status
}

# What this machine needs to reach its package sources, and the clone.
bring_in() {
    cp -L /etc/resolv.conf "$ROOT/etc/resolv.conf"
    grep -q localhost "$ROOT/etc/hosts" 2>/dev/null ||
        echo "127.0.0.1 localhost" >>"$ROOT/etc/hosts"
    if compgen -G "$CA_FOLDER/*.crt" >/dev/null; then
        mkdir -p "$ROOT$CA_FOLDER"
        cp -L $CA_FOLDER/*.crt "$ROOT$CA_FOLDER/"
    fi
    local rc
    mkdir -p "$ROOT$HOME_INSIDE"
    : >"$ROOT$HOME_INSIDE/.npmrc"
    for rc in /usr/etc/npmrc ~/.npmrc; do
        [ ! -e "$rc" ] || grep -E '^(registry|https?-proxy|proxy) *=' "$rc" \
            >>"$ROOT$HOME_INSIDE/.npmrc" || true
    done
    rm -rf "$ROOT/srv/guanxi" "$ROOT/srv/guanxi.bundle"
    git -C "$REPO" bundle create -q "$ROOT/srv/guanxi.bundle" HEAD --branches
}

# Runs a command in the new system, with nothing of this machine's
# environment but what reaching the network takes.
in_root() {
    local keep=() name
    for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY \
        NO_PROXY; do
        [ -z "${!name:-}" ] || keep+=("$name=${!name}")
    done
    if [ -d "$ROOT$CA_FOLDER" ]; then
        local bundle=/etc/ssl/certs/ca-certificates.crt
        keep+=("NODE_EXTRA_CA_CERTS=$bundle")
    fi
    env -i HOME=$HOME_INSIDE LANG=C.UTF-8 TERM="${TERM:-dumb}" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${CI:+CI="$CI"} "${keep[@]}" chroot "$ROOT" /bin/bash -c "$1"
}

inside() {
    mount -t proc proc "$ROOT/proc"
    mount --rbind /dev "$ROOT/dev"
    if [ -d "$REPO/../shared" ]; then
        mkdir -p "$ROOT/srv/shared"
        mount --bind -o ro "$REPO/../shared" "$ROOT/srv/shared"
    fi
    say "git, make and curl: what a person has who clones"
    in_root 'command -v git make curl >/dev/null || {
        apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install --yes --no-install-recommends git make curl \
        ca-certificates >/dev/null; } && update-ca-certificates >/dev/null'
    say "git clone"
    in_root 'cd /srv && git clone -q guanxi.bundle guanxi &&
        cd guanxi && git log -1 --format="%h %s"'
    case "$MODE" in
    run) prove_run ;;
    test) in_root 'cd /srv/guanxi && make test' ;;
    ci) in_root 'cd /srv/guanxi && bash .ci/run' ;;
    shell) in_root 'cd /srv/guanxi && exec bash' ;;
    esac
}

# A free port: the namespace shares this machine's network.
free_port() {
    local port=8080
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        port=$((20000 + RANDOM % 20000))
    done
    echo $port
}

# make run in the background until it answers; prints how long that took.
start_run() {
    local log=$ROOT/srv/run.log start=$SECONDS
    in_root "cd /srv/guanxi && exec make run LISTEN=$LISTEN" \
        >"$log" 2>&1 </dev/null &
    RUN_PID=$!
    until curl -sf -o /dev/null "http://$LISTEN/readyz"; do
        kill -0 $RUN_PID 2>/dev/null ||
            { tail -n 40 "$log"; die "make run ended"; }
        [ $((SECONDS - start)) -lt 1800 ] ||
            { tail -n 40 "$log"; die "no answer after 30 minutes"; }
        sleep 1
    done
    tail -n 15 "$log"
    echo "first answer after $((SECONDS - start)) s"
}

stop_run() {
    local server
    server=$(pgrep -x guanxi) || die "the server is gone"
    kill -TERM $server
    wait $RUN_PID || true
}

prove_run() {
    LISTEN=127.0.0.1:$(free_port)
    say "make run"
    start_run
    say "sign in"
    local line login password
    line=$(grep -m1 -E '^ *sign in' "$ROOT/srv/run.log") ||
        die "make run printed no demo sign-in"
    login=$(sed -E 's/.*: *([^ ]+) .*/\1/' <<<"$line")
    password=$(sed -E 's/.* ([^ ]+) *$/\1/' <<<"$line")
    curl -sf -X POST "http://$LISTEN/api/v1/session" \
        -H 'Content-Type: application/json' \
        -d "{\"login\":\"$login\",\"password\":\"$password\"}" ||
        die "sign-in as $login failed"
    echo
    curl -sf "http://$LISTEN/" | grep -o '<title>.*</title>' ||
        die "no start page"
    stop_run
    say "make run once more"
    start_run
    stop_run
    say "proved"
}

if [ "${1:-}" = --inside ]; then
    MODE=$2
    inside
else
    outside
fi
