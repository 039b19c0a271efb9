# System users and groups: created without home and shell, deleted when no bundle lists them.

# need_users: those of the bundle; facts for standard output.
need_users() {
    local user
    while read -r user; do
        if ! getent group "$user" >/dev/null; then
            remember users "group $user"
            must "group $user could not be created" groupadd --system "$user"
        fi
        if ! getent passwd "$user" >/dev/null; then
            remember users "user $user"
            must "user $user could not be created" \
                useradd --system --gid "$user" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
        fi
        echo "user $user $(id -u "$user") $(id -g "$user")" >>"$work/facts"
    done <"$(list user "$work/new")"
}

# delete_users NEEDED: those that we created and that nobody lists any more.
delete_users() {
    local kind name
    while read -r kind name; do
        if names user "$1" | has "$name"; then continue; fi
        if delete_account "$kind" "$name"; then forget users "$kind $name"; fi
    done <"$(list_of users)"
}

# delete_account user|group NAME
delete_account() {
    local database=group
    if [ "$1" = user ]; then
        database=passwd
        end_processes "$2"
    fi
    getent "$database" "$2" >/dev/null || return 0
    try "$1 $2 could not be deleted" "${1}del" "$2"
}

# end_processes USER: waits for them, kills them after 5 seconds, and waits once more.
end_processes() {
    local second running
    for second in 1 2 3 4 5 6 7 8 9 10; do
        running=$(find /proc -maxdepth 1 -name '[0-9]*' -user "$1" 2>/dev/null | sed 's|/proc/||')
        [ -n "$running" ] || return 0
        # shellcheck disable=SC2086
        [ "$second" -lt 6 ] || kill -9 $running 2>/dev/null || :
        sleep 1
    done
}
