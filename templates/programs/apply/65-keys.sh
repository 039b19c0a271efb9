# Private keys, which never leave the machine, and the certificate requests for them, which do.

# make_keys: each private-key that is not there; $work/made-keys lists them.
make_keys() {
    local path mode owner
    : >"$work/made-keys"
    while read -r path mode owner; do
        if exists "$path" && { is_key "$path" || ! paths "$work/before" | has "$path"; }; then
            is_key "$path" || fail "$path is there already and is no ECDSA P-256 private key"
            own "$path" "$mode" "$owner"
            continue
        fi
        keep "$path"
        must "the private key $path could not be made" \
            openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key"
        must "the private key $path could not get its owner and mode" set_owner "$work/key" "$mode" "$owner"
        must "the private key $path could not be put in place" put_back "$work/key" "$path"
        rm -f "$work/key"
        echo "$path" >>"$work/made-keys"
    done <"$(list private-key "$work/new")"
}

is_key() { openssl pkey -in "$1" -passin pass: -noout -text_pub 2>/dev/null </dev/null | grep -q prime256v1; }

# make_requests: facts for standard output; the same bytes as long as key, name and SANs are the same.
make_requests() {
    local key name sans public fingerprint request
    mkdir -p "$state/requests"
    while read -r key name sans; do
        public=$(openssl pkey -in "$key" -pubout)
        fingerprint=$(printf '%s\n' "$public $name $sans" | sha256sum)
        request=$state/requests/$(encoded "$key")
        if ! grep -qsxF -e "# $fingerprint" "$request"; then
            printf '%s\n' '[req]' distinguished_name=name prompt=no req_extensions=extensions '[name]' "CN=$name" \
                '[extensions]' "subjectAltName=$sans" >"$work/request.cnf"
            must "the certificate request for $key could not be made" \
                openssl req -new -sha256 -key "$key" -config "$work/request.cnf" -out "$work/request"
            { echo "# $fingerprint" && cat "$work/request"; } >"$work/request.known"
            replace "$request" <"$work/request.known"
        fi
        sed 1d "$request" >>"$work/facts"
    done <"$(list certificate-request "$work/new")"
}
