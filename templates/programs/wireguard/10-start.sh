#!/bin/sh
# The overlay of ha-monitoring on this machine: one WireGuard interface, in the kernel or, where it has no WireGuard, by wireguard-go.
#   wireguard up INTERFACE       makes the interface as its configuration says; what is as it should be is not touched, so no other tunnel drops
#   wireguard down               removes it; packets to the overlay still leave by no other interface
#   wireguard close INTERFACE    makes the routes that see to that, and nothing else
#   wireguard remove             stops the units, and removes the interface and those routes
#   wireguard watch INTERFACE    makes it again if it has gone, and looks for peers that have been silent for too long, or cannot know where we are
#   wireguard status INTERFACE   succeeds when the interface is there with exactly the peers of its configuration
#   wireguard check INTERFACE CONFIGURATION NETWORK...   succeeds when this machine can have it, and nobody else on it uses any of these
# The configuration holds no secret. The private key and the preshared keys are put into what `wg` reads from a pipe: no other file has them.
set -eu
export LC_ALL=C

directory=/etc/ha-monitoring/wireguard
unit=ha-monitoring-wireguard.service
watchers='ha-monitoring-wireguard-watch.timer ha-monitoring-wireguard-watch.service'
applied=/run/ha-monitoring-wireguard   # the endpoints that the interface was given: PUBLICKEY ENDPOINT
underlay=$applied-addresses            # the addresses of this machine, as they were when we last looked
sockets=/run/wireguard                 # where wireguard-go has its sockets
rule_priority=5182                     # before the tables that forward, after the one of our own addresses
closing_metric=4200005182              # of the unreachable routes: worse than that of any route that leads somewhere
silence=135                            # seconds without a handshake after which a session cannot be alive

say() { printf 'wireguard: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

# lock: one run at a time. The directory is there as long as there is anything to do.
lock() {
    [ -d "$directory" ] || return 0
    exec 8<"$directory"
    flock -w 60 8
}

unlock() { exec 8<&-; }

# setting NAME: its values in the configuration, one a line.
setting() { sed -n "s/^$1 = //p" "$configuration"; }
