#!/bin/sh
# Runs Alertmanager and the socats that join it to the gateway's Unix sockets. Arguments go to Alertmanager.
#
#   LOOPBACK_ADDRESS  loopback address that this peer listens on and advertises, e.g. 127.0.1.1
#   PEERS             the others, blank separated: NAME=LOOPBACK_ADDRESS
#   GOSSIP_PORT       port on every loopback address
#   HAPROXY_UID, HAPROXY_GID  owner of the sockets, so that HAProxy may use them
#   DATA_DIR          where Alertmanager keeps silences and the notification log
#   SOCKET_DIR        the directory shared with HAProxy
#
# TERM ends everything cleanly, HUP reloads the configuration, and any helper that dies ends the container: a peer that cannot
# gossip must not look healthy.
# shellcheck disable=SC2317 # functions are called by name, from traps and wait_until
set -eu

API_PORT=9093
# Connections that one helper serves at a time; gossip needs a handful. Datagrams have no such option: the container's limit of
# processes bounds them.
MAX_CHILDREN=64
# socat's default of 8 kB would cut a large datagram in two.
BUFFER=65536
stopping=''
failed=''

log() {
    echo "entrypoint: $*" >&2
}

fail() {
    log "$*"
    exit 1
}

# Runs a helper and tells the main process when it has ended.
supervise() {
    name=$1
    shift
    (
        "$@" || true
        log "$name has ended"
        kill -s USR1 1
    ) &
}

# kernel_address ADDRESS PORT: as /proc/net/tcp and /proc/net/udp write it.
kernel_address() {
    echo "$1.$2" | {
        IFS=. read -r first second third fourth port
        printf '%02X%02X%02X%02X:%04X' "$fourth" "$third" "$second" "$first" "$port"
    }
}

listens_tcp() {
    grep -q "^ *[0-9]*: $(kernel_address "$1" "$2") 00000000:0000 0A " /proc/net/tcp
}

listens_udp() {
    grep -q "^ *[0-9]*: $(kernel_address "$1" "$2") " /proc/net/udp
}

# wait_until WHAT COMMAND...: 10 seconds are an age for a local bind.
wait_until() {
    what=$1
    shift
    attempts=0
    until "$@"; do
        [ -z "$failed" ] || fail "$what cannot be waited for: a helper has ended"
        attempts=$((attempts + 1))
        [ "$attempts" -le 200 ] || fail "$what is not ready after 10 s"
        sleep 0.05
    done
}

# Outbound: what Alertmanager sends to a peer's loopback address leaves through that peer's two sockets.
start_outbound() {
    peer=$1
    address=$2
    # RECVFROM opens one connection a datagram. LISTEN would join datagrams in one stream and break their checksums.
    supervise "datagrams to $peer" socat -b "$BUFFER" \
        "UDP4-RECVFROM:$GOSSIP_PORT,bind=$address,fork,reuseaddr" \
        "UNIX-CONNECT:$SOCKET_DIR/outbound-datagram-$peer.sock"
    supervise "streams to $peer" socat -b "$BUFFER" \
        "TCP4-LISTEN:$GOSSIP_PORT,bind=$address,fork,reuseaddr,nodelay,max-children=$MAX_CHILDREN" \
        "UNIX-CONNECT:$SOCKET_DIR/outbound-stream-$peer.sock"
    wait_until "the datagram port for $peer" listens_udp "$address" "$GOSSIP_PORT"
    wait_until "the stream port for $peer" listens_tcp "$address" "$GOSSIP_PORT"
}

# Inbound: HAProxy hands on what a peer, or a client of the API, sends.
start_inbound() {
    name=$1
    target=$2
    socket=$SOCKET_DIR/$name.sock
    rm -f "$socket"
    supervise "$name" socat -b "$BUFFER" \
        "UNIX-LISTEN:$socket,fork,mode=0660${socket_owner},max-children=$MAX_CHILDREN" "$target"
    wait_until "socket $name" test -S "$socket"
}

# drop_unsupported ARGUMENT: succeeds for a flag that this version of Alertmanager does not have yet.
drop_unsupported() {
    case $1 in
        --cluster.label=* | --cluster.peer-name=* | --data.maintenance-interval=*) ;;
        *) return 1 ;;
    esac
    flag=${1%%=*}
    case $known_flags in
        *"$flag="* | *"$flag "*) return 1 ;;
    esac
    log "this Alertmanager has no $flag, left out"
}

terminate() {
    stopping=yes
    kill -s TERM "$alertmanager" 2>/dev/null || true
}

reload() {
    kill -s HUP "$alertmanager" 2>/dev/null || true
}

helper_ended() {
    [ -n "$stopping" ] && return
    failed=yes
    [ -z "$alertmanager" ] || terminate
}

# Helpers signal process 1, and the end of process 1's namespace is the end of them all.
[ "$$" -eq 1 ] || fail "must be process 1 of its container, is process $$"
for variable in LOOPBACK_ADDRESS GOSSIP_PORT HAPROXY_UID HAPROXY_GID DATA_DIR SOCKET_DIR; do
    eval "[ -n \"\${$variable:-}\" ]" || fail "$variable is not set"
done
PEERS=${PEERS:-}
alertmanager=''
trap terminate TERM INT
trap reload HUP
trap helper_ended USR1

if [ "$(id -u)" -eq 0 ]; then
    chown -R "$HAPROXY_UID:$HAPROXY_GID" "$DATA_DIR"
    socket_owner=",user=$HAPROXY_UID,group=$HAPROXY_GID"
    run_as="setpriv --reuid=$HAPROXY_UID --regid=$HAPROXY_GID --clear-groups --no-new-privs"
else
    [ "$(id -u):$(id -g)" = "$HAPROXY_UID:$HAPROXY_GID" ] ||
        fail "runs as $(id -u):$(id -g), but only root or HAProxy's $HAPROXY_UID:$HAPROXY_GID can share sockets with it"
    socket_owner=''
    run_as=''
fi
[ -w "$DATA_DIR" ] || [ "$(id -u)" -eq 0 ] || fail "cannot write to $DATA_DIR"

for peer in $PEERS; do
    start_outbound "${peer%%=*}" "${peer#*=}"
done

known_flags=$(alertmanager --help 2>&1)
for argument in "$@"; do
    shift
    drop_unsupported "$argument" || set -- "$@" "$argument"
done
# shellcheck disable=SC2086 # run_as is several words or none
$run_as alertmanager "$@" &
alertmanager=$!
wait_until "Alertmanager's gossip port" listens_tcp "$LOOPBACK_ADDRESS" "$GOSSIP_PORT"

start_inbound inbound-stream "TCP4:$LOOPBACK_ADDRESS:$GOSSIP_PORT"
start_inbound inbound-datagram "UDP4-SENDTO:$LOOPBACK_ADDRESS:$GOSSIP_PORT"
start_inbound api "TCP4:127.0.0.1:$API_PORT"

# A trapped signal ends wait, so Alertmanager has ended only when it is gone as well.
status=0
while kill -0 "$alertmanager" 2>/dev/null; do
    status=0
    wait "$alertmanager" || status=$?
done
stopping=yes
# In its own process namespace this reaches every helper and nobody else.
kill -s TERM -- -1 2>/dev/null || true
wait
rm -f "$SOCKET_DIR/inbound-stream.sock" "$SOCKET_DIR/inbound-datagram.sock" "$SOCKET_DIR/api.sock"
[ -z "$failed" ] || fail "ended because a helper had ended"
exit "$status"
