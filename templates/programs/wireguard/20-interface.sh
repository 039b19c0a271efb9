up() {
    lock || die "another run of this program does not end"
    sync_closing_routes
    for other in $(our_interfaces); do
        [ "$other" = "$interface" ] || delete_interface "$other"
    done
    if ! is_interface "$interface"; then create; fi
    refuse_if "$(interface_problem "$interface")"
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
    for each in $(our_interfaces); do delete_interface "$each"; done
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
