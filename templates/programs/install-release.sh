#!/bin/sh
# install-release MANIFEST [UNITS]
# Brings one release of a program onto this machine, wholly or not at all: downloaded, checked, unpacked and tried beside its target, then
# renamed. Releases of the same program that no unit in UNITS (default /etc/systemd/system) names go afterwards.
# MANIFEST has one setting a line: directory, program, version, from, and sha256 where the archive's checksum is pinned, or
# sha256-amd64 and sha256-arm64 where upstream's checksums are known, unpacked-megabytes (1024), the most that the archive may hold, and
# archive, the beginning of the archive's name, where it is not PROGRAM-VERSION.
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
megabytes=$(setting unpacked-megabytes)
named=$(setting archive)
unpacked_limit=$((${megabytes:-1024} * 1048576))
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

# unprivileged COMMAND...: what was downloaded does not run as root.
unprivileged() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    else
        setpriv --reuid nobody --regid nogroup --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
    fi
}

# runs DIRECTORY: whether the program in it runs and is of this version; what it says is in $said.
runs() {
    said=$(unprivileged timeout 20 "$1/$program" --version 2>&1 </dev/null) || return 1
    case " $said " in *"version $version"[!0-9.]* | *" v$version"[!0-9.]*) ;; *) return 1 ;; esac
}

# get URL FILE MEGABYTES
get() {
    case $1 in https:*) protocols='=https' ;; *) protocols='=http,https' ;; esac
    problem=$(curl --fail --silent --show-error --location --proto "$protocols" --proto-redir "$protocols" \
        --connect-timeout 10 --max-time 600 --speed-limit 1000 --speed-time 30 --max-filesize "$(($3 * 1048576))" \
        --retry 3 --retry-delay 2 --retry-max-time 180 --retry-connrefused --output "$2" "$1" 2>&1) ||
        fail "$1 cannot be downloaded: $(printf '%s\n' "$problem" | tail -n 1)"
}

# unpack: the directory of the release out of the archive, within bounds: a size, 1,000 entries, and nothing but files and directories.
unpack() {
    entries=$(gzip -d -c "$work/archive" 2>/dev/null | head -c "$unpacked_limit" | tar -t 2>/dev/null | head -n 1001 | wc -l)
    [ "$entries" -le 1000 ] || fail "$archive holds more than 1,000 files and directories"
    # In blocks of 512 bytes, of a single file: the holes of a sparse one are not in the archive.
    problem=$( (
        ulimit -f "$((unpacked_limit / 512))"
        gzip -d -c "$work/archive" | head -c "$unpacked_limit" |
            tar -x -C "$work" --no-same-owner --no-same-permissions "$release"
    ) 2>&1) ||
        fail "$archive cannot be unpacked, to $((unpacked_limit / 1048576)) MB at most: $(printf '%s\n' "$problem" | tail -n 1)"
    other=$(find "$work/$release" ! -type d ! \( -type f -links 1 \) | head -n 1)
    [ -z "$other" ] || fail "$archive holds ${other#"$work/"}, which is neither a file nor a directory"
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
release=${named:-$program-$version}.linux-$architecture
archive=$release.tar.gz
work=$(mktemp -d "$directory/.$program.XXXXXX")

expected=${pinned:-$(setting "sha256-$architecture")}
if [ -z "$expected" ]; then
    get "$from/v$version/sha256sums.txt" "$work/sha256sums.txt" 1
    expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1; exit }' "$work/sha256sums.txt")
    [ -n "$expected" ] || fail "$from/v$version/sha256sums.txt has no line for $archive"
fi
get "$from/v$version/$archive" "$work/archive" 512
actual=$(sha256sum <"$work/archive")
actual=${actual%% *}
[ "$actual" = "$expected" ] || fail "$from/v$version/$archive has the SHA-256 $actual, but $expected is expected"

unpack
chmod 0755 "$work"
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
