#!/bin/sh
# nonlocal-bind set SETTINGS BEFORE | nonlocal-bind restore BEFORE
# Sets what the sysctl.d file SETTINGS says and keeps in the file BEFORE how it was; or puts that back.
set -eu

apply=/usr/lib/systemd/systemd-sysctl

case $1 in
set)
    if [ ! -s "$3" ]; then
        for key in net/ipv4/ip_nonlocal_bind net/ipv6/ip_nonlocal_bind; do
            [ ! -r "/proc/sys/$key" ] || printf '%s = %s\n' "$key" "$(cat "/proc/sys/$key")"
        done >"$3.part"
        mv -f "$3.part" "$3"
    fi
    "$apply" "$2"
    ;;
restore) [ ! -s "$2" ] || "$apply" "$2" ;;
esac
