#!/bin/sh
# faulty-copies DIRECTORY
# Beside the releases in DIRECTORY/releases, which are sound: in wrong-checksum/ the checksums are those of other files; in truncated/ the
# archives end too early.
set -eu
cd "$1"
rm -rf wrong-checksum truncated
cp -al releases wrong-checksum
cp -al releases truncated
for sums in wrong-checksum/*/*/sha256sums.txt; do
    sed 's/^[0-9a-f]*/0000000000000000000000000000000000000000000000000000000000000000/' "$sums" >"$sums.new"
    mv "$sums.new" "$sums"
done
for archive in truncated/*/*/*.tar.gz; do
    head -c 1000000 "$archive" >"$archive.new"
    mv "$archive.new" "$archive"
done
