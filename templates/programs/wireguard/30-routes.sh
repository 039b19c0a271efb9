close() {
    lock || die "another run of this program does not end"
    sync_closing_routes
}

# sync_closing_routes: without the interface, packets to the overlay would follow the default route in the clear, and any host there could
# answer in the place of a peer. These routes lose to every other one of the same length, so they are used only when the interface's have gone.
sync_closing_routes() {
    present=$(closing_routes)
    wanted=$(wanted_closing_routes)
    [ "$present" != "$wanted" ] || return 0
    for each in $wanted; do
        has "$each" "$present" ||
            ip "$(ip_family "$each")" route replace unreachable "$each" metric "$closing_metric" protocol kernel
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

delete_closing_route() { ip "$(ip_family "$1")" route delete unreachable "$1" metric "$closing_metric"; }

# ruled_interfaces: those that a rule of ours is about.
ruled_interfaces() {
    for version in -4 -6; do ip "$version" rule show; done |
        sed -n "s/^$rule_priority:.* iif \([^ ]*\) .*blackhole.*/\1/p" | sort -u
}

# own_addresses: those of this machine, but for the overlay's.
own_addresses() {
    ip -o address show scope global | sed -n "/^[0-9]*: $interface /d; s/.* inet6\{0,1\} \([^ ]*\) .*/\1/p"
}

# interface_addresses: those on the interface.
interface_addresses() {
    ip -o address show dev "$interface" scope global | sed 's/.* inet6\{0,1\} \([^ ]*\) .*/\1/'
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
    present=$(interface_addresses)
    for each in $wanted; do
        has "$each" "$present" || ip address add "$each" dev "$interface"
    done
    for each in $present; do
        has "$each" "$wanted" || ip address delete "$each" dev "$interface"
    done
}

wanted_peer_routes() { setting AllowedIPs | sed 's|/.*||'; }

# peer_routes: the destinations of the routes that are there.
peer_routes() {
    for each in -4 -6; do ip "$each" route show dev "$interface" proto static; done | sed 's/ .*//'
}

# sync_routes: to each peer's address, and nowhere else.
sync_routes() {
    wanted=$(wanted_peer_routes)
    present=$(peer_routes)
    for each in $wanted; do
        has "$each" "$present" || ip "$(ip_family "$each")" route replace "$each" dev "$interface" proto static
    done
    for each in $present; do
        has "$each" "$wanted" || ip "$(ip_family "$each")" route delete "$each" dev "$interface" proto static
    done
}

# has WORD LINES
has() { printf '%s\n' "$2" | grep -qxF -e "$1"; }

# forward_nothing: what comes out of the tunnel is for this machine or for nobody, whatever else it forwards.
forward_nothing() {
    # As if it were the kernel's: systemd-networkd deletes rules of others whenever it is started.
    forwards_nothing ||
        ip "$(ip_family "$(setting Address)")" rule add priority "$rule_priority" iif "$interface" protocol kernel blackhole
}

forwards_nothing() { ip "$(ip_family "$(setting Address)")" rule show | grep -q "iif $interface .*blackhole"; }
