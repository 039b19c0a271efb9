#!/bin/sh
# Writes the index of a flat APT repository: make-repository.sh DIRECTORY
# By hand, because dpkg-scanpackages would bring perl's modules and dpkg-dev into every host.
set -eu
cd "$1"
rm -rf partial lock

checksum() {
  sha256sum "$1" | cut -d ' ' -f 1
}

size() {
  stat -c %s "$1"
}

for package in *.deb; do
  dpkg-deb --field "$package"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' \
    "$package" "$(size "$package")" "$(checksum "$package")"
done >Packages
# Without it, apt guesses at compressed indexes and complains of each that is not there.
{
  LC_ALL=C date -u '+Date: %a, %d %b %Y %H:%M:%S UTC'
  printf 'SHA256:\n %s %s Packages\n' "$(checksum Packages)" "$(size Packages)"
} >Release
