# Who uses an interface, a network or a port of this host: in every program that is kept in parts.
# shellcheck shell=sh

mark=ha-monitoring                              # the alias of the interface that is ours
creating=/run/ha-monitoring-wireguard-creating  # the name of the interface that is being made, until it has its alias

is_interface() { [ -e "/sys/class/net/$1" ]; }

is_our_interface() {
    case $(cat "/sys/class/net/$1/ifalias" 2>/dev/null) in
    "$mark") ;;
    '') is_interface "$1" && [ "$(cat "$creating" 2>/dev/null)" = "$1" ] ;;
    *) return 1 ;;
    esac
}

# our_interfaces: those that we have made.
our_interfaces() {
    for each in /sys/class/net/*; do
        if is_our_interface "${each##*/}"; then printf '%s\n' "${each##*/}"; fi
    done
}

# ip_family ADDRESS: the flag of ip for it.
ip_family() {
    case $1 in *:*) printf %s -6 ;; *) printf %s -4 ;; esac
}

# interface_problem NAME: says if somebody else has it.
interface_problem() {
    if is_interface "$1" && ! is_our_interface "$1"; then
        printf '%s\n' "$1 is on this host already and is not ours; choose another interfaceName"
    fi
}

# network_problem NETWORK: says why the overlay cannot have it.
network_problem() {
    case $1 in *:*)
        # Without IPv6 on lo there is no route to an address of one's own.
        if [ ! -e /proc/net/if_inet6 ] || [ "$(cat /proc/sys/net/ipv6/conf/lo/disable_ipv6 2>/dev/null)" = 1 ]; then
            echo "this host has no IPv6; give every host an overlayAddress of IPv4"
            return 0
        fi
        ;;
    esac
    routes=$(routes_of "$1")
    [ -z "$routes" ] ||
        printf '%s\n' "the overlay's $1 overlaps what this host routes already ($(printf '%s' "$routes" | paste -s -d ,)); choose another network"
}

# routes_of NETWORK: the destinations into it and around it that this host routes, but for ours and what is as wide as the default route.
routes_of() {
    for selector in root match; do
        ip "$(ip_family "$1")" -o route show table all "$selector" "$1"
    done | while IFS= read -r line; do
        case $line in default* | 0.0.0.0/1* | 128.0.0.0/1* | ::/1* | 8000::/1* | 2000::/3*) continue ;; esac
        case $line in unreachable* | blackhole* | prohibit* | throw* | multicast* | broadcast* | anycast*) continue ;; esac
        for each in $(our_interfaces); do
            case "$line " in *" dev $each "*) continue 2 ;; esac
        done
        printf '%s\n' "$line" | sed 's/^local //; s/ .*//'
    done | sort -u
}
