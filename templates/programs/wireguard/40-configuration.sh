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
