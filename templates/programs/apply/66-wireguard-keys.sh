# Private keys of WireGuard, which never leave the machine, and their public keys, which do.

# make_wireguard_keys: each wireguard-key that is not there, and facts for standard output; $work/made-keys lists what was made.
make_wireguard_keys() {
    local path mode owner public
    while read -r path mode owner; do
        if ! public=$(wireguard_public_key "$path"); then
            if exists "$path" && ! paths "$work/before" | has "$path"; then
                fail "$path is there already and is no private key of WireGuard"
            fi
            keep "$path"
            wg genkey >"$work/key" 2>"$work/output" </dev/null || fail "the private key $path could not be made: $(one_line <"$work/output")"
            must "the private key $path could not be put in place" put_back "$work/key" "$path"
            rm -f "$work/key"
            echo "$path" >>"$work/made-keys"
            public=$(wireguard_public_key "$path")
        fi
        own "$path" "$mode" "$owner"
        echo "wireguard $path $public" >>"$work/facts"
    done <"$(list wireguard-key "$work/new")"
}

# wireguard_public_key PATH
wireguard_public_key() { [ -f "$1" ] && wg pubkey <"$1" 2>/dev/null; }
