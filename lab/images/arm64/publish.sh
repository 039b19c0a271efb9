#!/bin/sh
# publish.sh PROGRAM VERSION PORT
# Serves one release of the program in /arm64 as upstream lays it out, for amd64 and arm64, at http://127.0.0.1:PORT. The program of the
# arm64 archive is a launcher that runs the real one, which lies beside it, through QEMU. The one of the amd64 archive fails.
set -eu
program=$1
version=$2
port=$3
files=/srv/releases/v$version
mkdir -p "$files"
cd "$files"
for architecture in amd64 arm64; do
    release=$program-$version.linux-$architecture
    mkdir "$release"
    case $architecture in
        arm64)
            cp "/arm64/usr/bin/prometheus-$(printf '%s' "$program" | tr _ -)" "$release/$program.arm64"
            # shellcheck disable=SC2016 # The launcher expands it.
            printf '#!/bin/sh\nexec qemu-aarch64 -L /arm64 "$0.arm64" "$@"\n' >"$release/$program"
            ;;
        *) printf '#!/bin/sh\nexit 126\n' >"$release/$program" ;;
    esac
    chmod 0755 "$release"/*
    tar -c -z -f "$release.tar.gz" "$release"
    rm -r "$release"
done
sha256sum ./*.tar.gz | sed 's,\./,,' >sha256sums.txt
busybox httpd -h /srv/releases -p "127.0.0.1:$port"
