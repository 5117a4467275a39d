#!/bin/bash
# Makes guanxi_VERSION_ARCH.deb from build/guanxi (make builds it first): the
# program, its unit, its configuration, a manual page written from the
# program's own help, and the documents for operators.
#
#   scripts/make-deb.sh [FOLDER]     where the package goes; default: build
set -euo pipefail

cd "$(dirname "$0")/.."
BIN=${GUANXI_BIN:-build/guanxi}
OUT=$(realpath "${1:-build}")
VERSION=$("$BIN" --version | cut -d' ' -f2)
ARCH=$(dpkg --print-architecture)
STAGE=$(mktemp -d)
trap 'rm -rf "$STAGE"' EXIT
ROOT=$STAGE/root

# The package of each library the program is linked to.
# Packages of the libraries linked, and of those opened when they are needed.
depends() {
    { ldd "$BIN" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r file; do
        dpkg-query -S "$(realpath "$file")" "$file" 2>/dev/null || true
    done | cut -d: -f1; echo libpq5; echo libxlsxwriter4; echo libzip4; } | sort -u | while read -r package; do
        version=$(dpkg-query -W -f '${Version}' "$package" | sed 's/-[^-]*$//')
        printf '%s (>= %s), ' "$package" "$version"
    done
    printf 'adduser'
}

escape() {
    sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/"
}

manual() {
    printf '.TH GUANXI 1 "" "guanxi %s" "Guanxi"\n' "$VERSION"
    printf '.SH NAME\nguanxi \\- customer relationship management in one program\n'
    printf '.SH SYNOPSIS\n.B guanxi\n.I COMMAND\n.RI [ options ]\n.SH COMMANDS\n.nf\n'
    "$BIN" --help | tail -n +2 | escape
    printf '.fi\n'
    "$BIN" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | while read -r command; do
        printf '.SH "guanxi %s"\n.nf\n' "$command"
        "$BIN" "$command" --help | escape
        printf '.fi\n'
    done
    printf '.SH FILES\n.TP\n/etc/guanxi/guanxi.env\nsettings of the service\n'
    printf '.TP\n/var/lib/guanxi\nthe data\n'
    printf '.TP\n/usr/share/doc/guanxi/operations.md\nfor operators\n'
}

install -D -m 755 "$BIN" "$ROOT/usr/bin/guanxi"
strip --strip-unneeded "$ROOT/usr/bin/guanxi"
install -D -m 644 packaging/guanxi.service \
    "$ROOT/lib/systemd/system/guanxi.service"
install -D -m 640 packaging/guanxi.env "$ROOT/etc/guanxi/guanxi.env"
mkdir -p "$ROOT/usr/share/man/man1" "$ROOT/usr/share/doc/guanxi"
manual | gzip -9n >"$ROOT/usr/share/man/man1/guanxi.1.gz"
install -m 644 docs/operations.md docs/api.md "$ROOT/usr/share/doc/guanxi/"
install -m 644 LICENSE "$ROOT/usr/share/doc/guanxi/copyright" 2>/dev/null ||
    printf 'Guanxi, see the repository for its licence.\n' \
        >"$ROOT/usr/share/doc/guanxi/copyright"
printf 'guanxi (%s) stable; urgency=medium\n\n  * See the history of the repository.\n\n -- Guanxi <root@localhost>  %s\n' \
    "$VERSION" "$(date -R -d "@$(git log -1 --format=%ct 2>/dev/null || date +%s)")" |
    gzip -9n >"$ROOT/usr/share/doc/guanxi/changelog.gz"

mkdir "$ROOT/DEBIAN"
for script in postinst prerm postrm; do
    install -m 755 "packaging/$script" "$ROOT/DEBIAN/$script"
done
echo /etc/guanxi/guanxi.env >"$ROOT/DEBIAN/conffiles"
cat >"$ROOT/DEBIAN/control" <<CONTROL
Package: guanxi
Version: $VERSION
Architecture: $ARCH
Maintainer: Guanxi <root@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$ROOT" | cut -f1)
Depends: $(depends)
Recommends: postgresql-client, libcurl4
Section: misc
Priority: optional
Description: customer relationship management in one program
 Customers, contacts, orders, payments and tasks of a company with rights,
 import, export, grading and analyses, on SQLite or PostgreSQL: an HTTP server
 with its web interface, and a command line.
CONTROL
(cd "$ROOT" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z |
    xargs -0 md5sum >DEBIAN/md5sums)
DEB=$OUT/guanxi_${VERSION}_${ARCH}.deb
dpkg-deb --build --root-owner-group "$ROOT" "$DEB" >/dev/null
echo "$DEB"
