#!/bin/sh
# alertmanager-reload CONTAINER API_URL
# Makes a running Alertmanager read its configuration again, by signal, and waits until it says that it did.
# A container that does not run reads it when it starts: nothing to do.
set -eu

container=$1
api=$2

# metric NAME: its value as a whole number, or nothing while the API does not answer.
metric() {
    curl --silent --fail --max-time 2 "$api/metrics" | awk -v name="$1" '$1 == name { printf "%.0f", $2 }'
}

process=$(docker inspect --format '{{.State.Pid}}' "$container" 2>/dev/null) || exit 0
[ "$process" -gt 0 ] || exit 0

before=$(date +%s)
# Not by `docker kill`: whatever the signal, Docker then takes the container's next end for an operator's wish and never restarts it.
kill -s HUP "$process" 2>/dev/null || exit 0

attempts=0
while [ "$attempts" -lt 50 ]; do
    attempts=$((attempts + 1))
    reloaded=$(metric alertmanager_config_last_reload_success_timestamp_seconds)
    [ "$(metric alertmanager_config_last_reload_successful)" != 0 ] || {
        echo "Alertmanager refused its new configuration: $(docker logs --tail 3 "$container" 2>&1 | tr '\n' ' ')" >&2
        exit 1
    }
    [ "${reloaded:-0}" -lt "$before" ] || exit 0
    sleep 0.2
done
echo "Alertmanager did not reload its configuration within 10 s of the signal" >&2
exit 1
