#!/bin/sh
# prometheus-reload PID URL
# Makes a running Prometheus read its configuration again, by signal, and waits until it says that it did.
set -eu

pid=$1
url=$2

# metric NAME: its value as Prometheus writes it, or nothing while it does not answer.
metric() {
    curl --silent --fail --max-time 5 "$url/metrics" | awk -v name="prometheus_config_last_reload_$1" '$1 == name { print $2 }'
}

successful_before=$(metric successful)
succeeded_before=$(metric success_timestamp_seconds)
kill -HUP "$pid"

attempts=0
while [ "$attempts" -lt 150 ]; do
    attempts=$((attempts + 1))
    sleep 0.2
    succeeded=$(metric success_timestamp_seconds)
    [ -z "$succeeded" ] || [ "$succeeded" = "$succeeded_before" ] || exit 0
    # One that had failed before says nothing new when it fails again.
    if [ "$successful_before" = 1 ] && [ "$(metric successful)" = 0 ]; then
        echo "Prometheus refused its new configuration; its log says why" >&2
        exit 1
    fi
done
echo "Prometheus did not reload its configuration within 30 s of the signal" >&2
exit 1
