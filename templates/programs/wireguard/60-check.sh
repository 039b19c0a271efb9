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
