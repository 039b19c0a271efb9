# One run at a time on a machine: a lock on file descriptor 9, and a note for those who wait.

# Waits for the lock.
lock() {
    local limit
    limit=${HA_MONITORING_LOCK_TIMEOUT:-600}
    while :; do
        exec 9<>"$lock_file"
        flock -w "$limit" 9 || fail "another run has held the lock for more than $limit s: $(cat "$lock_file")"
        # Unless uninstall removed the very file that we waited for, it is ours.
        if [ "$(stat -Lc %i /proc/self/fd/9)" = "$(stat -c %i "$lock_file" 2>/dev/null)" ]; then break; fi
    done
    locked=yes
    note_holder "starting"
}

# note_holder TEXT: says in the lock file who holds it.
note_holder() {
    printf 'pid %s, %s, since %s\n' "$$" "$1" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$lock_file"
}
