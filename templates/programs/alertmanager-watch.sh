#!/bin/sh
# alertmanager-watch CONTAINER
# Starts a container again that has ended with an error and stays so: after `docker kill`, Docker takes that end for an operator's wish,
# whatever its restart policy. One that ended cleanly, by `docker stop`, is left alone; so is everything while Docker does not run.
set -eu
export LC_ALL=C

container=$1

# A request alone would start Docker, by its socket.
systemctl --quiet is-active docker.service || exit 0
state=$(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$container" 2>/dev/null) || exit 0
case $state in
'exited 0') exit 0 ;;
exited\ *) ;;
*) exit 0 ;;
esac

echo "$container has ended with status ${state#* } and Docker does not start it; it is started again" >&2
# It may be removed in this moment, by an update or by the end of the stack.
docker start "$container" >/dev/null || ! docker inspect "$container" >/dev/null 2>&1
