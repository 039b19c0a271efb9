#!/bin/sh
# Writes archives in the layout of upstream's releases: make-releases.sh DIRECTORY
# releases/ is sound; in wrong-checksum/ the checksums are those of other files; in truncated/ the archives end too early.
set -eu
directory=$1
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
cd "$work"

# version PACKAGE: upstream's, without what Debian adds.
version() { dpkg-deb --field "$1"_*.deb Version | sed 's/^[0-9]*://; s/[-+].*//'; }

# release PROGRAM VERSION FILE...: one archive with these files.
release() {
    program=$1
    name=$1-$2.linux-$architecture
    place=$directory/releases/$1/v$2
    shift 2
    mkdir -p "$work/$name" "$place"
    cp "$@" "$work/$name/"
    # Debian's names: prometheus-node-exporter, prometheus-alertmanager.
    [ -e "$work/$name/$program" ] || mv "$work/$name"/prometheus-* "$work/$name/$program"
    tar -c -z -f "$place/$name.tar.gz" "$name"
    (cd "$place" && sha256sum "$name.tar.gz" >sha256sums.txt)
    rm -rf "${work:?}/$name"
}

apt-get download -q prometheus prometheus-node-exporter prometheus-alertmanager busybox-static
apt-cache show promtool >/dev/null 2>&1 && apt-get download -q promtool
for package in *.deb; do dpkg-deb --extract "$package" package; done

prometheus=$(version prometheus)
release prometheus "$prometheus" package/usr/bin/prometheus package/usr/bin/promtool
# The same once more, as the version that Debian's program says it is: an upgrade needs two.
release prometheus "$(package/usr/bin/prometheus --version 2>&1 | sed -n 's/^prometheus, version \([^ ]*\).*/\1/p')" \
    package/usr/bin/prometheus package/usr/bin/promtool
release node_exporter "$(version prometheus-node-exporter)" package/usr/bin/prometheus-node-exporter
# Unlike upstream's, it reads its default templates from files: the image that it runs in must have them.
release alertmanager "$(version prometheus-alertmanager)" package/usr/bin/prometheus-alertmanager package/usr/bin/amtool

cp -al "$directory/releases" "$directory/wrong-checksum"
cp -al "$directory/releases" "$directory/truncated"
for sums in "$directory"/wrong-checksum/*/*/sha256sums.txt; do
    sed 's/^[0-9a-f]*/0000000000000000000000000000000000000000000000000000000000000000/' "$sums" >"$sums.new"
    mv "$sums.new" "$sums"
done
for archive in "$directory"/truncated/*/*/*.tar.gz; do
    head -c 1000000 "$archive" >"$archive.new"
    mv "$archive.new" "$archive"
done
cp package/usr/bin/busybox "$directory/busybox"
rm -rf "$work"
