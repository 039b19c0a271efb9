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
mark=ha-monitoring                     # the alias of the interface that is ours
applied=/run/ha-monitoring-wireguard   # the endpoints that the interface was given: PUBLICKEY ENDPOINT
underlay=$applied-addresses            # the addresses of this machine, as they were when we last looked
sockets=/run/wireguard                 # where wireguard-go has its sockets
creating=$applied-creating             # the name of the interface that is being made, until it has its alias
rule_priority=5182                     # before the tables that forward, after the one of our own addresses
closing_metric=4200005182              # of the unreachable routes: worse than that of any route that leads somewhere
silence=135                            # seconds without a handshake after which a session cannot be alive

say() { printf 'wireguard: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

exists() { [ -e "/sys/class/net/$1" ]; }

is_ours() {
    case $(cat "/sys/class/net/$1/ifalias" 2>/dev/null) in
    "$mark") ;;
    '') exists "$1" && [ "$(cat "$creating" 2>/dev/null)" = "$1" ] ;;
    *) return 1 ;;
    esac
}

# lock: one run at a time. The directory is there as long as there is anything to do.
lock() {
    [ -d "$directory" ] || return 0
    exec 8<"$directory"
    flock -w 60 8
}

unlock() { exec 8<&-; }

# ours: the interfaces that we have made.
ours() {
    for each in /sys/class/net/*; do
        if is_ours "${each##*/}"; then printf '%s\n' "${each##*/}"; fi
    done
}

# setting NAME: its values in the configuration, one a line.
setting() { sed -n "s/^$1 = //p" "$configuration"; }

# family ADDRESS: the flag of ip for it.
family() {
    case $1 in *:*) printf %s -6 ;; *) printf %s -4 ;; esac
}

up() {
    lock || die "another run of this program does not end"
    sync_closing_routes
    for other in $(ours); do
        [ "$other" = "$interface" ] || delete_interface "$other"
    done
    if ! exists "$interface"; then create; fi
    is_ours "$interface" || die "$interface is on this machine already and is not ours; choose another interfaceName"
    ip link set dev "$interface" alias "$mark"
    rm -f "$creating"
    ip link set dev "$interface" mtu "$(setting MTU)"
    sync_address
    # As a whole or not at all: what wg reads must not be cut short.
    text=$(whole_configuration)
    said=$(printf '%s\n' "$text" | wg syncconf "$interface" /dev/stdin 2>&1) ||
        # wg quotes what it does not understand, which may be a key.
        die "wg does not take the configuration: $(printf '%s' "$said" | sed "s/\`.*'/(hidden)/g")"
    ip link set dev "$interface" up
    sync_routes
    forward_nothing
    endpoints >"$applied.part"
    mv -f "$applied.part" "$applied"
}

create() {
    rm -f "$applied"
    own_addresses >"$underlay"
    printf '%s\n' "$interface" >"$creating"
    if ip link add dev "$interface" type wireguard 2>/dev/null; then
        say "$interface is made by the kernel"
    else
        command -v wireguard-go >/dev/null || give_up "the kernel has no WireGuard, and wireguard-go is not installed: apt-get install wireguard-go"
        # It stays, and must not keep our lock.
        wireguard-go "$interface" >/dev/null 2>&1 8<&- || give_up "wireguard-go could not make $interface; is there a /dev/net/tun?"
        say "$interface is made by wireguard-go, because the kernel has no WireGuard"
    fi
}

# give_up WHY: what has this name afterwards is somebody else's.
give_up() {
    rm -f "$creating"
    die "$@"
}

delete_interface() {
    ip link delete dev "$1"
    rm -f "$creating"
    delete_rules "$1"
}

# delete_rules INTERFACE
delete_rules() {
    for version in -4 -6; do
        while ip "$version" rule delete priority "$rule_priority" iif "$1" 2>/dev/null; do :; done
    done
}

down() {
    # The way back does not wait for somebody who hangs.
    lock || say "another run of this program does not end"
    for each in $(ours); do delete_interface "$each"; done
    # An interface that wireguard-go made has gone with its process by now; its rule has not.
    for each in $(ruled_interfaces); do delete_rules "$each"; done
    rm -f "$applied" "$underlay" "$creating"
    # Its processes end a moment after their interfaces. The sockets of others keep the directory.
    for _ in 1 2 3 4 5; do
        [ -d "$sockets" ] || break
        rmdir "$sockets" 2>/dev/null || sleep 0.2
    done
}

remove() {
    # Each of them would make again what is removed.
    for each in $watchers $unit; do systemctl stop "$each" 2>/dev/null || :; done
    down
    for each in $(closing_routes); do end_connections "$each"; done
    for each in $(closing_routes); do delete_closing_route "$each"; done
}

# end_connections ADDRESS|NETWORK: those of this host's own address over the overlay. Without the routes below, what the programs still send
# over them would follow the default route.
end_connections() {
    case $1 in
    */*) return ;;
    *:*) ss --kill --no-header --tcp src "[$1]" >/dev/null 2>&1 || : ;;
    *) ss --kill --no-header --tcp src "$1" >/dev/null 2>&1 || : ;;
    esac
}

close() {
    lock || die "another run of this program does not end"
    sync_closing_routes
}

# sync_closing_routes: without the interface, packets to the overlay would follow the default route in the clear, and whoever is there could
# answer in the place of a peer. These routes lose to every other one of the same length, so they are used only when the interface's have gone.
sync_closing_routes() {
    present=$(closing_routes)
    wanted=$(wanted_closing_routes)
    [ "$present" != "$wanted" ] || return 0
    for each in $wanted; do
        has "$each" "$present" ||
            ip "$(family "$each")" route replace unreachable "$each" metric "$closing_metric" protocol kernel
    done
    for each in $present; do
        has "$each" "$wanted" || delete_closing_route "$each"
    done
}

# wanted_closing_routes: the overlay's networks, and each of its addresses that we know: a neighbour may announce a route to the network.
wanted_closing_routes() {
    for each in '# Network' AllowedIPs Address; do setting "$each"; done |
        sed -e 's|/128$||' -e '/:/!s|/32$||' | sort -u
}

# closing_routes: those that are there. As if they were the kernel's, like the rule below.
closing_routes() {
    for version in -4 -6; do ip "$version" route show type unreachable; done |
        sed -n -e 's/$/ /' -e "s/^unreachable \([^ ]*\) .*metric $closing_metric .*/\1/p" | sort -u
}

delete_closing_route() { ip "$(family "$1")" route delete unreachable "$1" metric "$closing_metric"; }

# ruled_interfaces: those that a rule of ours is about.
ruled_interfaces() {
    for version in -4 -6; do ip "$version" rule show; done |
        sed -n "s/^$rule_priority:.* iif \([^ ]*\) .*blackhole.*/\1/p" | sort -u
}

# own_addresses: those of this machine, but for the overlay's.
own_addresses() {
    ip -o address show scope global | sed -n "/^[0-9]*: $interface /d; s/.* inet6\{0,1\} \([^ ]*\) .*/\1/p"
}

# sync_address: exactly our address is on the interface.
sync_address() {
    wanted=$(setting Address)
    case $wanted in *:*)
        # A machine may have switched IPv6 off for new interfaces.
        switch=/proc/sys/net/ipv6/conf/$interface/disable_ipv6
        if [ "$(cat "$switch" 2>/dev/null)" = 1 ]; then echo 0 >"$switch"; fi
        ;;
    esac
    present=$(ip -o address show dev "$interface" scope global | sed 's/.* inet6\{0,1\} \([^ ]*\) .*/\1/')
    for each in $wanted; do
        has "$each" "$present" || ip address add "$each" dev "$interface"
    done
    for each in $present; do
        has "$each" "$wanted" || ip address delete "$each" dev "$interface"
    done
}

# sync_routes: to each peer's address, and nowhere else.
sync_routes() {
    wanted=$(setting AllowedIPs | sed 's|/.*||')
    present=$(for each in -4 -6; do ip "$each" route show dev "$interface" proto static; done | sed 's/ .*//')
    for each in $wanted; do
        has "$each" "$present" || ip "$(family "$each")" route replace "$each" dev "$interface" proto static
    done
    for each in $present; do
        has "$each" "$wanted" || ip "$(family "$each")" route delete "$each" dev "$interface" proto static
    done
}

# has WORD LINES
has() { printf '%s\n' "$2" | grep -qxF -e "$1"; }

# forward_nothing: what comes out of the tunnel is for this machine or for nobody, whatever else it forwards.
forward_nothing() {
    # As if it were the kernel's: systemd-networkd deletes rules of others whenever it is started.
    forwards_nothing ||
        ip "$(family "$(setting Address)")" rule add priority "$rule_priority" iif "$interface" protocol kernel blackhole
}

forwards_nothing() { ip "$(family "$(setting Address)")" rule show | grep -q "iif $interface .*blackhole"; }

# whole_configuration: what wg reads, with all secrets. A peer whose preshared key is not here is left out.
whole_configuration() {
    present=$(wg show "$interface" peers)
    peer='' preshared=''
    while IFS= read -r line; do
        case $line in
        '' | '#'* | 'Address = '* | 'MTU = '*) ;;
        '[Interface]'*)
            key=$(cat "$directory/private.key")
            printf '[Interface]\nPrivateKey = %s\n' "$key"
            ;;
        '[Peer] # '*)
            peer=${line#'[Peer] # '}
            preshared=$(sed -n "s/^$peer //p" "$directory/preshared-keys")
            if [ -n "$preshared" ]; then
                printf '[Peer]\nPresharedKey = %s\n' "$preshared"
            else
                say "there is no preshared key for $peer, which is left out"
            fi
            ;;
        *)
            [ -z "$peer" ] || [ -n "$preshared" ] || continue
            case $line in
            'PublicKey = '*) key=${line#PublicKey = } ;;
            'Endpoint = '*)
                # One that the peer has had already stays as it is: the peer may have moved since.
                if has "$key" "$present" && has "$key ${line#Endpoint = }" "$(cat "$applied" 2>/dev/null)"; then continue; fi
                endpoint=$(resolve "${line#Endpoint = }") || continue
                line="Endpoint = $endpoint"
                ;;
            esac
            printf '%s\n' "$line"
            ;;
        esac
    done <"$configuration"
}

# endpoints: PUBLICKEY ENDPOINT of each peer that has one.
endpoints() {
    sed -n -e 's/^PublicKey = //; t key' -e 's/^Endpoint = //; t endpoint' -e d -e ': key' -e 'h; d' -e ': endpoint' -e 'H; x; s/\n/ /p' "$configuration"
}

# resolve ENDPOINT: with an address in the place of a name; wg itself would wait for each name, and one that is unknown would spoil all.
resolve() {
    name=${1%:*}
    case $name in
    '['*) printf '%s' "$1" ;;
    *[!0-9.]*)
        address=$(timeout 5 getent ahosts "$name" | sed -n '1s/ .*//p')
        case $address in
        '')
            say "$name has no address at the moment; it is asked for again every 30 seconds"
            return 1
            ;;
        *:*) printf '[%s]:%s' "$address" "${1##*:}" ;;
        *) printf '%s:%s' "$address" "${1##*:}" ;;
        esac
        ;;
    *) printf '%s' "$1" ;;
    esac
}

watch() {
    lock || die "another run of this program does not end"
    sync_closing_routes
    if systemctl --quiet is-failed "$unit"; then
        systemctl --no-block restart "$unit"
        return
    fi
    systemctl --quiet is-active "$unit" || return 0
    if ! exists "$interface"; then
        say "$interface has gone; it is made again"
        systemctl --no-block restart "$unit"
        return
    fi
    ip link set dev "$interface" up
    sync_routes
    forward_nothing
    addresses=$(own_addresses)
    if [ "$addresses" != "$(cat "$underlay" 2>/dev/null)" ]; then
        say "the addresses of this machine have changed"
        # wireguard-go goes on sending from the one that it last used, and fails, until it is given the peer's endpoint anew.
        wg show "$interface" endpoints | while read -r key endpoint; do
            [ "$endpoint" = '(none)' ] || wg set "$interface" peer "$key" endpoint "$endpoint"
        done
        printf '%s\n' "$addresses" >"$underlay"
    fi
    now=$(date +%s)
    silent=$(wg show "$interface" latest-handshakes | while read -r key since; do
        if [ $((now - since)) -gt "$silence" ]; then sed -n "\\|^$key |p" "$applied"; fi
    done)
    # Names take their time.
    unlock
    printf '%s\n' "$silent" | while read -r key endpoint; do
        [ -n "$key" ] || continue
        # Its name may lead elsewhere by now, or the last address that it was seen at may be no good any more.
        if endpoint=$(resolve "$endpoint" 2>/dev/null); then set_endpoint "$key" "$endpoint"; fi
    done
}

# set_endpoint KEY ENDPOINT: unless the peer has gone meanwhile, whom wg would make anew.
set_endpoint() {
    lock || die "another run of this program does not end"
    if has "$1" "$(wg show "$interface" peers 2>/dev/null)"; then wg set "$interface" peer "$1" endpoint "$2"; fi
    unlock
}

status() {
    exists "$interface" || die "$interface is not there"
    present=$(wg show "$interface" peers | sort)
    [ "$present" = "$(setting PublicKey | sort)" ] || die "$interface has other peers than its configuration"
    forwards_nothing || die "what comes out of $interface is forwarded; its rule has gone"
    [ "$(closing_routes)" = "$(wanted_closing_routes)" ] ||
        die "without $interface, packets to the overlay would leave by another interface; an unreachable route has gone"
}

# check NETWORK...
check() {
    port=$(setting ListenPort)
    if exists "$interface" && ! is_ours "$interface"; then
        die "$interface is on this machine already and is not ours; choose another interfaceName"
    fi
    if [ -n "$(ss -Hlun "sport = :$port")" ] && ! has "$port" "$(for each in $(ours); do wg show "$each" listen-port; done)"; then
        die "UDP port $port is in use on this machine; choose another listenPort"
    fi
    if [ "$(endpoint_families)" = 46 ] && ! kernel_has_wireguard && version=$(single_family_version); then
        die "the kernel has no WireGuard, and wireguard-go $version loses packets when some peers are reached over IPv4 and others over IPv6; give all hosts an endpoint of one family"
    fi
    for network in "$@"; do
        case $network in *:*)
            # Without IPv6 on lo there is no route to an address of one's own.
            if [ ! -e /proc/net/if_inet6 ] || [ "$(cat /proc/sys/net/ipv6/conf/lo/disable_ipv6 2>/dev/null)" = 1 ]; then
                die "this machine has no IPv6; give every host an overlayAddress of IPv4"
            fi
            ;;
        esac
        routes=$(routes_of "$network")
        [ -z "$routes" ] || die "the overlay's $network overlaps what this machine routes already ($(printf '%s' "$routes" | paste -s -d ,)); choose another network"
    done
}

# endpoint_families: 4, 6 or 46, of the endpoints that are addresses.
endpoint_families() {
    setting Endpoint | sed -e 's/^\[.*/6/; t' -e 's/^[0-9.]*:[0-9]*$/4/; t' -e d | sort -u | tr -d '\n'
}

kernel_has_wireguard() { ip link add dev ha-wg-probe type wireguard 2>/dev/null && ip link delete dev ha-wg-probe; }

# single_family_version: the version of wireguard-go, if it is one of those since 2023: they send packets for IPv6 elsewhere after one for IPv4
# (StdNetBind.Send cuts an address that it keeps for the next packet to the length of IPv4).
single_family_version() {
    wireguard-go --version | sed -n '1s/.* v//p' | grep -vE '^0\.0\.20([01]|2[0-2])'
}

# routes_of NETWORK: the destinations into it and around it that this machine routes, but for ours and what is as wide as the default route.
routes_of() {
    for selector in root match; do
        ip "$(family "$1")" -o route show table all "$selector" "$1"
    done | while IFS= read -r line; do
        case $line in default* | 0.0.0.0/1* | 128.0.0.0/1* | ::/1* | 8000::/1* | 2000::/3*) continue ;; esac
        case $line in unreachable* | blackhole* | prohibit* | throw* | multicast* | broadcast* | anycast*) continue ;; esac
        for each in $(ours); do
            case "$line " in *" dev $each "*) continue 2 ;; esac
        done
        printf '%s\n' "$line" | sed 's/^local //; s/ .*//'
    done | sort -u
}

interface=${2-}
configuration=$directory/$interface.conf
case $#:${1-} in
2:up | 2:close | 2:watch | 2:status) "$1" ;;
1:down | 1:remove) "$1" ;;
*:check)
    configuration=$3
    shift 3
    check "$@"
    ;;
*)
    echo "usage: wireguard up|close|watch|status INTERFACE | wireguard down|remove | wireguard check INTERFACE CONFIGURATION NETWORK..." >&2
    exit 2
    ;;
esac
