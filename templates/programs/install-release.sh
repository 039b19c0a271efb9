#!/bin/sh
# install-release MANIFEST [UNITS]
# Brings one release of a program onto this machine, wholly or not at all: downloaded, checked, unpacked and tried beside its target, then
# renamed. Releases of the same program that no unit in UNITS (default /etc/systemd/system) names go afterwards.
# MANIFEST has one setting a line: directory, program, version, from, and sha256 where the archive's checksum is pinned, or
# sha256-amd64 and sha256-arm64 where upstream's checksums are known.
set -eu
umask 022
export LC_ALL=C

manifest=$1
units=${2:-/etc/systemd/system}

setting() { sed -n "s/^$1 //p" "$manifest"; }

directory=$(setting directory)
program=$(setting program)
version=$(setting version)
from=$(setting from)
pinned=$(setting sha256)
# A release under another pin is another one: nothing that runs is replaced.
target=$directory/$program-$version${pinned:+-$(printf %.12s "$pinned")}
work=

fail() {
    printf '%s %s is not installed: %s\n' "$program" "$version" "$*" >&2
    exit 1
}

clean_up() { [ -z "$work" ] || rm -rf "$work"; }
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# runs DIRECTORY: whether the program in it runs and is of this version; what it says is in $said.
runs() {
    said=$(timeout 20 "$1/$program" --version 2>&1 </dev/null) || return 1
    case $said in *"version $version"[!0-9.]*) ;; *) return 1 ;; esac
}

# get URL FILE MEGABYTES
get() {
    case $1 in https:*) protocols='=https' ;; *) protocols='=http,https' ;; esac
    problem=$(curl --fail --silent --show-error --location --proto "$protocols" --proto-redir "$protocols" \
        --connect-timeout 10 --max-time 600 --speed-limit 1000 --speed-time 30 --max-filesize "$(($3 * 1048576))" \
        --retry 3 --retry-delay 2 --retry-max-time 180 --retry-connrefused --output "$2" "$1" 2>&1) ||
        fail "$1 cannot be downloaded: $(printf '%s\n' "$problem" | tail -n 1)"
}

# prune: releases of this program that no unit names, and what killed runs have left.
prune() {
    for each in "$directory/$program"-[0-9]*; do
        if [ "$each" = "$target" ] || grep -qrsF -e "$each/" "$units"; then continue; fi
        rm -rf "$each"
    done
}

# repair: each file of the release replaces the one in the target by rename, so that no path is missing at any time; the checksum comes
# last, since it says that the target is whole.
repair() {
    rm -f "$target/archive.sha256"
    (cd "$work/$release" && find . -type d) | while read -r each; do mkdir -p "$target/$each"; done
    (cd "$work/$release" && find . ! -type d ! -path ./archive.sha256) | while read -r each; do
        mv -fT "$work/$release/$each" "$target/$each"
    done
    sync "$target"
    mv -fT "$work/$release/archive.sha256" "$target/archive.sha256"
}

mkdir -p "$directory"
rm -rf "$directory/.$program".*

if [ -d "$target" ] && runs "$target" && { [ -z "$pinned" ] || [ "$(cat "$target/archive.sha256" 2>/dev/null)" = "$pinned" ]; }; then
    prune
    exit 0
fi

case $(uname -m) in
x86_64) architecture=amd64 ;;
aarch64 | arm64) architecture=arm64 ;;
*) fail "this machine is a $(uname -m); releases are used for x86_64 (amd64) and aarch64 (arm64) only, source \"apt\" for others" ;;
esac
release=$program-$version.linux-$architecture
archive=$release.tar.gz
work=$(mktemp -d "$directory/.$program.XXXXXX")

expected=${pinned:-$(setting "sha256-$architecture")}
if [ -z "$expected" ]; then
    get "$from/v$version/sha256sums.txt" "$work/sha256sums.txt" 1
    expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1; exit }' "$work/sha256sums.txt")
    [ -n "$expected" ] || fail "$from/v$version/sha256sums.txt has no line for $archive"
fi
get "$from/v$version/$archive" "$work/archive" 1024
actual=$(sha256sum <"$work/archive")
actual=${actual%% *}
[ "$actual" = "$expected" ] || fail "$from/v$version/$archive has the SHA-256 $actual, but $expected is expected"

problem=$(tar -x -z -f "$work/archive" -C "$work" --no-same-owner --no-same-permissions 2>&1) ||
    fail "$archive cannot be unpacked: $(printf '%s\n' "$problem" | tail -n 1)"
[ -x "$work/$release/$program" ] || fail "$archive holds no program $release/$program"
runs "$work/$release" || fail "the program in $archive does not run as version $version here: $(printf '%s\n' "$said" | head -n 1)"
printf '%s\n' "$actual" >"$work/$release/archive.sha256"
find "$work/$release" -type f -exec sync {} +

if [ -d "$target" ]; then
    repair
else
    mv -T "$work/$release" "$target"
fi
sync "$directory"
prune
