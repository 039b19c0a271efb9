watch() {
    lock || die "another run of this program does not end"
    sync_closing_routes
    if systemctl --quiet is-failed "$unit"; then
        systemctl --no-block restart "$unit"
        return
    fi
    systemctl --quiet is-active "$unit" || return 0
    if ! is_interface "$interface"; then
        say "$interface has gone; it is made again"
        systemctl --no-block restart "$unit"
        return
    fi
    # The kernel deletes the IPv6 addresses of an interface that goes down, and all its routes.
    ip link set dev "$interface" up
    sync_address
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
