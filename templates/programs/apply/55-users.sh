# shellcheck shell=dash disable=SC2034,SC2154
# System users and groups: created without home and shell, deleted when no bundle lists them.

# need_users: those of the bundle; facts for standard output.
need_users() {
    local user
    while read -r user; do
        if ! getent group "$user" >/dev/null; then
            remember users "group $user"
            groupadd --system "$user" 2>"$work/output" || fail "group $user could not be created: $(one_line <"$work/output")"
        fi
        if ! getent passwd "$user" >/dev/null; then
            remember users "user $user"
            useradd --system --gid "$user" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user" 2>"$work/output" ||
                fail "user $user could not be created: $(one_line <"$work/output")"
        fi
        echo "user $user $(id -u "$user") $(id -g "$user")" >>"$work/facts"
    done <"$(list user "$work/new")"
}

# delete_users NEEDED: those that we created and that nobody lists any more; users before their groups.
delete_users() {
    local kind user database deletion
    while read -r kind user; do
        [ -n "$kind" ] || continue
        if names user "$1" | has "$user"; then continue; fi
        case $kind in
        user) database=passwd deletion=userdel && end_processes "$user" ;;
        group) database=group deletion=groupdel ;;
        esac
        if ! getent "$database" "$user" >/dev/null || "$deletion" "$user" 2>"$work/output"; then
            forget users "$kind $user"
        else
            trouble "$kind $user could not be deleted: $(one_line <"$work/output")"
        fi
    done <<END
$(cat_existing "$state/users" | sort -r)
END
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
