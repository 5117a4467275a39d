#!/bin/bash
# Proves the package on a fresh Debian 12: makes a minimal system with
# debootstrap, installs the .deb there with apt, starts the server as its own
# user, signs in through the first administrator, makes and restores a backup,
# removes the package and sees that the data stayed. Needs root.
#
#   scripts/prove-deb.sh [guanxi_VERSION_ARCH.deb]
#
# Everything runs in a mount and process namespace of its own.
set -euo pipefail

cd "$(dirname "$0")/.."
DEB=$(realpath "${1:-$(ls -t build/guanxi_*.deb | head -n 1)}")

say() {
    printf '\n== %s\n' "$*"
}

# Whatever this machine's package source is, with its certificates.
source_of() {
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
        sed -n -E -e 's/^URIs: *([^ ]+).*/\1/p' \
            -e 's/^deb (\[[^]]*\] )?([a-z+]+:[^ ]+).*/\2/p' |
        grep -E '/debian/?$' | head -n 1
}

if [ "${PROVE_INSIDE:-}" = "" ]; then
    [ "$(id -u)" -eq 0 ] || { echo "needs root" >&2; exit 1; }
    export PROVE_INSIDE=1
    exec unshare --mount --pid --fork --kill-child -- "$0" "$DEB"
fi

ROOT=$(mktemp -d /var/tmp/guanxi-deb.XXXXXX)
chmod 755 "$ROOT"
trap 'umount -R "$ROOT/proc" 2>/dev/null || true; rm -rf "$ROOT"' EXIT

say "a fresh system"
debootstrap --variant=minbase --include=ca-certificates,adduser,curl \
    bookworm "$ROOT" "$(source_of)" >/dev/null
mount -t proc proc "$ROOT/proc"
rm -f "$ROOT/etc/apt/sources.list"
cp -r /etc/apt/sources.list* "$ROOT/etc/apt/" 2>/dev/null || true
cp -r /etc/apt/apt.conf.d "$ROOT/etc/apt/" 2>/dev/null || true
cp -r /usr/local/share/ca-certificates "$ROOT/usr/local/share/" 2>/dev/null || true
cp /etc/resolv.conf "$ROOT/etc/resolv.conf"
chroot "$ROOT" update-ca-certificates >/dev/null 2>&1 || true
cp "$DEB" "$ROOT/guanxi.deb"

say "apt install"
chroot "$ROOT" sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends /guanxi.deb' >/dev/null
chroot "$ROOT" guanxi --version
chroot "$ROOT" getent passwd guanxi
[ "$(stat -c '%a %U' "$ROOT/var/lib/guanxi")" = "700 $(stat -c %U "$ROOT/var/lib/guanxi")" ]
chroot "$ROOT" stat -c '%a %U %n' /var/lib/guanxi
gzip -t "$ROOT/usr/share/man/man1/guanxi.1.gz"

say "the service's own words, as its user"
inside() {
    chroot --userspec=guanxi:guanxi "$ROOT" env HOME=/var/lib/guanxi \
        GUANXI_DB=sqlite:/var/lib/guanxi/guanxi.db "$@"
}
GUANXI_ADMIN_PASSWORD='a long enough secret' inside \
    env GUANXI_ADMIN_PASSWORD='a long enough secret' \
    guanxi init --db sqlite:/var/lib/guanxi/guanxi.db --admin admin
inside guanxi serve --migrate --listen 127.0.0.1:18573 >"$ROOT/out" 2>"$ROOT/err" &
SERVER=$!
for _ in $(seq 100); do
    grep -q 'is ready' "$ROOT/out" 2>/dev/null && break
    sleep 0.1
done
cat "$ROOT/out"
chroot "$ROOT" curl -fsS http://127.0.0.1:18573/readyz && echo
TOKEN=$(inside guanxi user token --login admin)
chroot "$ROOT" curl -fsS -H "Authorization: Bearer $TOKEN" \
    -H 'Content-Type: application/json' -d '{"name":"包"}' \
    http://127.0.0.1:18573/api/v1/customers >/dev/null
chroot "$ROOT" curl -fsS http://127.0.0.1:18573/ | grep -q '<html' && echo "the web interface is inside"
inside guanxi backup /var/lib/guanxi/copy.db
kill "$SERVER"
wait "$SERVER" || true
inside guanxi restore /var/lib/guanxi/copy.db --db sqlite:/var/lib/guanxi/again.db
inside guanxi doctor --db sqlite:/var/lib/guanxi/again.db

say "remove and purge"
chroot "$ROOT" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -qq purge -y guanxi' >/dev/null
[ -e "$ROOT/var/lib/guanxi/guanxi.db" ] && [ ! -e "$ROOT/usr/bin/guanxi" ] &&
    [ ! -e "$ROOT/etc/guanxi" ]
say "proved: installed, served, copied, removed; the data stayed"
