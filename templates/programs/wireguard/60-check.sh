status() {
    is_interface "$interface" || die "$interface is not there"
    present=$(wg show "$interface" peers | sort)
    [ "$present" = "$(setting PublicKey | sort)" ] || die "$interface has other peers than its configuration"
    [ "$(interface_addresses | sort)" = "$(setting Address | sort)" ] ||
        die "$interface has the addresses $(interface_addresses | tr '\n' ' ')and should have $(setting Address)"
    [ "$(peer_routes | sort)" = "$(wanted_peer_routes | sort)" ] ||
        die "the routes to the peers by $interface are not those of its configuration"
    forwards_nothing || die "what comes out of $interface is forwarded; its rule has gone"
    [ "$(closing_routes)" = "$(wanted_closing_routes)" ] ||
        die "without $interface, packets to the overlay would leave by another interface; an unreachable route has gone"
}

# check NETWORK...
check() {
    port=$(setting ListenPort)
    refuse_if "$(interface_problem "$interface")"
    if [ -n "$(ss -Hlun "sport = :$port")" ] && ! has "$port" "$(for each in $(our_interfaces); do wg show "$each" listen-port; done)"; then
        die "UDP port $port is in use on this machine; choose another listenPort"
    fi
    if [ "$(endpoint_families)" = 46 ] && ! kernel_has_wireguard && version=$(single_family_version); then
        die "the kernel has no WireGuard, and wireguard-go $version loses packets when some peers are reached over IPv4 and others over IPv6; give all hosts an endpoint of one family"
    fi
    for network in "$@"; do
        refuse_if "$(network_problem "$network")"
    done
}

refuse_if() { [ -z "$1" ] || die "$1"; }

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
