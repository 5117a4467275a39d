#!/bin/sh
# Installs the Debian packages that building (build) or testing (test, which
# includes build) needs and that are missing. Asks nothing; with everything in
# place it only asks dpkg and is done.
#
#   scripts/install-deps.sh [build|test]
set -eu

BUILD="gcc libc6-dev make meson ninja-build pkg-config git ca-certificates
    libmicrohttpd-dev libjansson-dev libsodium-dev nettle-dev libicu-dev libcsv-dev
    libxlsxwriter-dev libzip-dev libexpat1-dev libpq-dev libsqlite3-dev
    zlib1g-dev libbrotli-dev libcurl4-openssl-dev"
TEST="postgresql-15 chromium fonts-noto-cjk clang-14 libclang-rt-14-dev
    clang-format-14 clang-tidy-14 cppcheck valgrind sqlite3 curl"

say() {
    printf 'install-deps: %s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

case "${1:-build}" in
build) WANTED="$BUILD" ;;
test) WANTED="$BUILD $TEST" ;;
*)
    echo "usage: $0 [build|test]" >&2
    exit 2
    ;;
esac

# Prints the packages of its arguments that are not installed.
missing_of() {
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" \
        2>/dev/null | sed -n 's/^installed //p') || true
    for package in "$@"; do
        printf '%s\n' "$have" | grep -qxF -- "$package" || echo "$package"
    done
}

# Debian's nodejs and npm only where no other Node is in use: its npm package
# does not go together with a Node from elsewhere.
missing_node() {
    if ! command -v node >/dev/null 2>&1; then
        echo nodejs
        command -v npm >/dev/null 2>&1 || echo npm
    elif ! command -v npm >/dev/null 2>&1; then
        case "$(dpkg-query -W -f '${Version}' nodejs 2>/dev/null || true)" in
        *deb12*) echo npm ;;
        *) die "there is a node ($(command -v node)) without npm:" \
            "install the npm that belongs to it" ;;
        esac
    fi
}

command -v dpkg-query >/dev/null 2>&1 ||
    die "this is not Debian: install by hand what corresponds to:" $WANTED

# shellcheck disable=SC2086 # lists of words on purpose
MISSING="$(missing_of $WANTED) $(missing_node)"
MISSING=$(echo $MISSING)
[ -n "$MISSING" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    SUDO=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    SUDO="sudo -n"
elif command -v sudo >/dev/null 2>&1 && [ -t 0 ]; then
    SUDO=sudo
else
    die "packages are missing and this user can't install them. As root:
    apt-get update && apt-get install --no-install-recommends $MISSING"
fi

# Twice: a mirror may hiccup once.
apt() {
    $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >&2 || {
        say "apt-get $1 failed, trying once more"
        sleep 3
        $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >&2
    }
}

apt_install() {
    apt install --yes --no-install-recommends \
        -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@"
}

# Tests start their own servers; a cluster of the system is neither needed nor
# left running.
CLUSTER_CONF=/etc/postgresql-common/createcluster.conf
CLUSTER_LINE="create_main_cluster = false # while installing for tests"

without_main_cluster() {
    apt_install postgresql-common
    echo "$CLUSTER_LINE" | $SUDO tee -a $CLUSTER_CONF >/dev/null
    status=0
    "$@" || status=$?
    $SUDO sed -i "/^$CLUSTER_LINE\$/d" $CLUSTER_CONF
    return $status
}

say "installing $MISSING"
apt update || die "apt-get update failed: are the package sources reachable?"
case " $MISSING " in
*" postgresql-15 "*) without_main_cluster apt_install $MISSING ;;
*) apt_install $MISSING ;;
esac || die "apt-get could not install: $MISSING"

# shellcheck disable=SC2086
LEFT="$(missing_of $WANTED) $(missing_node)"
LEFT=$(echo $LEFT)
[ -z "$LEFT" ] || die "still missing after the installation: $LEFT"
