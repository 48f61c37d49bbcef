#!/bin/sh
# install-packages.sh PACKAGE...: installs what is missing of a list of Debian or Ubuntu packages, as root or through
# sudo; where neither is possible it prints the command and fails. A name with a leading '?' may be missing.
set -u
if ! command -v dpkg-query >/dev/null; then
    echo "This is neither Debian nor Ubuntu. What these packages hold is needed: $*" >&2
    exit 0
fi

missing='' optional=''
for package; do
    name=${package#\?}
    dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed && continue
    if [ "$name" = "$package" ]; then missing="$missing $name"; else optional="$optional $name"; fi
done
[ -z "$missing$optional" ] && exit 0

as_root=''
if [ "$(id -u)" -ne 0 ]; then
    as_root='sudo -n'
    if ! sudo -n true 2>/dev/null; then
        as_root=sudo
        if [ ! -t 0 ] || ! command -v sudo >/dev/null; then
            [ -z "$missing" ] && exit 0
            echo "Packages are missing. As root:" >&2
            echo "    apt-get install --no-install-recommends$missing" >&2
            exit 1
        fi
    fi
fi

apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }
known() { apt-cache show "$1" 2>/dev/null | grep -q .; }

for name in $missing $optional; do
    if ! known "$name"; then
        apt update
        break
    fi
done
for name in $optional; do
    if known "$name"; then missing="$missing $name"; else echo "no package $name here; going on without it" >&2; fi
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
# shellcheck disable=SC2086 # a list of names
if ! apt install --no-install-recommends $missing; then
    apt update
    apt install --no-install-recommends $missing || {
        echo "apt-get could not install:$missing" >&2
        exit 1
    }
fi
