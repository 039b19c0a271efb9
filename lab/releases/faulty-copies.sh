#!/bin/sh
# faulty-copies DIRECTORY
# Beside the releases in DIRECTORY/releases, which are sound: the archives in truncated/ end too early.
set -eu
cd "$1"
rm -rf truncated
cp -al releases truncated
for archive in truncated/*/*/*.tar.gz; do
    head -c 1000000 "$archive" >"$archive.new"
    mv "$archive.new" "$archive"
done
