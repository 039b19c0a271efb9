#!/bin/sh
# Joins an Alertmanager that runs on this machine with the gateway's sockets, for as long as it runs:
#
#   join-alertmanager.sh OWN_LOOPBACK_ADDRESS PEER=LOOPBACK_ADDRESS...
#
# The Alertmanager is told to gossip over loopback only, for example, for the first of two:
#
#   --cluster.listen-address=127.0.1.1:9094 --cluster.advertise-address=127.0.1.1:9094 --cluster.peer=127.0.1.2:9094
#
# It needs socat. Run it as the main process of a systemd unit with User=ha-monitoring-gateway, who owns the sockets, and Restart=always:
# it ends as soon as one of its helpers does, and systemd ends the others.
set -eu

sockets=/run/ha-monitoring-gateway/sockets
gossip_port=9094
api_port=9093
# Larger than any datagram: socat's default of 8 kB would cut some in two.
buffer=65536

[ "$#" -ge 2 ] || {
    echo "usage: join-alertmanager.sh OWN_LOOPBACK_ADDRESS PEER=LOOPBACK_ADDRESS..." >&2
    exit 2
}
own=$1
shift

trap 'exit 1' USR1

# Any helper that ends is the end of all: half a cluster must not look whole.
helper() {
    (
        socat -b "$buffer" "$@" || true
        kill -s USR1 "$$"
    ) &
}

# What the Alertmanager sends to a peer. RECVFROM makes one connection a datagram; LISTEN would join datagrams and break them.
for peer in "$@"; do
    name=${peer%%=*}
    address=${peer#*=}
    helper "TCP4-LISTEN:$gossip_port,bind=$address,fork,reuseaddr,nodelay" "UNIX-CONNECT:$sockets/outbound-stream-$name.sock"
    helper "UDP4-RECVFROM:$gossip_port,bind=$address,fork,reuseaddr" "UNIX-CONNECT:$sockets/outbound-datagram-$name.sock"
done

# What peers send to it, and what clients ask of its API.
inbound() {
    rm -f "$sockets/$1.sock"
    helper "UNIX-LISTEN:$sockets/$1.sock,fork,mode=0660" "$2"
}
inbound inbound-stream "TCP4:$own:$gossip_port"
inbound inbound-datagram "UDP4-SENDTO:$own:$gossip_port"
inbound api "TCP4:127.0.0.1:$api_port"

wait
