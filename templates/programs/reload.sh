#!/bin/sh
# reload PID|CONTAINER URL
# Makes a running Prometheus or Alertmanager read its configuration again, by SIGHUP, and waits until its metrics say that it did.
# A container that does not run reads the configuration when it starts: nothing to do.
set -eu
export LC_ALL=C

process=$1
url=$2
container=
program=Prometheus
seconds=30

case $process in
*[!0-9]*)
    container=$process program=Alertmanager
    process=$(docker inspect --format '{{.State.Pid}}' "$container" 2>/dev/null) || exit 0
    [ "$process" -gt 0 ] || exit 0
    ;;
esac

# metric NAME: its value as the program writes it, or nothing while it does not answer.
metric() {
    curl --silent --fail --max-time 5 "$url/metrics" |
        awk -v name="config_last_reload_$1" '$1 == "prometheus_" name || $1 == "alertmanager_" name { print $2 }'
}

# is_later TIME: whether the last successful reload was after the signal. The time of the one before the signal is compared, not the
# clock: two reloads may be less than a second apart. Only where nothing answered before the signal, the clock has to do.
is_later() {
    [ -n "$1" ] || return 1
    if [ -n "$succeeded_before" ]; then
        [ "$1" != "$succeeded_before" ]
    else
        awk -v time="$1" -v signal="$signal_at" 'BEGIN { exit !(time + 0 > signal + 0) }'
    fi
}

last_words() {
    if [ -n "$container" ]; then docker logs --tail 3 "$container" 2>&1 | tr '\n' ' '; else echo "its log says why"; fi
}

successful_before=$(metric successful)
succeeded_before=$(metric success_timestamp_seconds)
signal_at=$(date +%s.%N)
# Not by `docker kill`: after it, whatever the signal, Docker takes the container's next end for an operator's wish and never restarts it.
kill -s HUP "$process" 2>/dev/null || {
    [ -n "$container" ] && exit 0 # it has ended since, and Docker starts it again
    echo "$program does not run: there is no process $process" >&2
    exit 1
}

deadline=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt "$deadline" ]; do
    sleep 0.2
    if is_later "$(metric success_timestamp_seconds)"; then exit 0; fi
    # After a failure that came before the signal, the metric says nothing new when the reload fails again.
    if [ "$successful_before" = 1 ] && [ "$(metric successful)" = 0 ]; then
        echo "$program refused its new configuration: $(last_words)" >&2
        exit 1
    fi
done
echo "$program did not reload its configuration within $seconds s of the signal: $(last_words)" >&2
exit 1
