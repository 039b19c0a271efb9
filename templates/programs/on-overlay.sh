#!/bin/sh
# on-overlay ADDRESS PROGRAM [ARGUMENT...]
# Runs a program that listens on ADDRESS as soon as this machine has it; at boot the overlay comes later than the services.
set -eu

address=$1
shift
until ip -oneline address show to "$address" | grep -q .; do sleep 1; done
exec "$@"
