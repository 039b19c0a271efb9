#!/bin/sh
# The arm64 `uname`, in front of the container's own in PATH.
exec qemu-aarch64 -L /arm64 /arm64/usr/bin/uname "$@"
