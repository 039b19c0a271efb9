#!/bin/sh
# alertmanager-gate [--if-running CONTAINER] [--all] API_URL [LOOPBACK_ADDRESS:PORT=ADDRESS/PORT...]
# Succeeds when the Alertmanager is ready and sees its peers: each one whose gateway answers (it may not be deployed yet), or with
# --all every one. With --if-running a container that does not run is not waited for. LOOPBACK_ADDRESS:PORT is how a peer appears in the cluster, ADDRESS/PORT is where its gateway listens.
set -eu
export LC_ALL=C

if [ "$1" = --if-running ]; then
    [ "$(docker inspect --format '{{.State.Running}}' "$2" 2>/dev/null)" = true ] || exit 0
    shift 2
fi
all=''
if [ "$1" = --all ]; then
    all=yes
    shift
fi
api=$1
shift

# gateway_answers ADDRESS PORT: whether anything accepts a connection there.
gateway_answers() {
    # shellcheck disable=SC2016 # the inner shell expands them; only bash can connect without another program
    timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" 2>/dev/null
}

status=$(curl --silent --fail --max-time 2 "$api/api/v2/status") || {
    echo "Alertmanager does not answer at $api" >&2
    exit 1
}
# Until gossip has settled, it holds notifications back.
case $status in
    *'"status":"ready"'*) ;;
    *)
        echo "Alertmanager at $api is not ready yet: its gossip has not settled" >&2
        exit 1
        ;;
esac

for peer in "$@"; do
    member=${peer%%=*}
    gateway=${peer#*=}
    case $status in *"\"$member\""*) continue ;; esac
    if [ -n "$all" ] || gateway_answers "${gateway%/*}" "${gateway##*/}"; then
        echo "Alertmanager does not see its peer $member, whose gateway is $gateway" >&2
        exit 1
    fi
done
