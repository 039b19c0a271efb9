# A bundle goes, and what was there before it comes back.

# remove NAME [HOST [STACK]]: run again after any failure, it does the rest; a bundle that is not there is fine. With HOST, a bundle of
# another host name stays: the host was renamed, its bundles are recorded under the new name by now, and the old name is being removed.
# With STACK, a bundle that belongs to another stack is refused.
remove() {
    local path
    begin
    case $1 in '' | *[!a-z0-9-]*) fail "'$1' is not the name of a bundle" ;; esac
    use_bundle "$1"
    if [ -n "${2-}" ] && [ -f "$record" ] && ! grep -qE -e "^bundle $1 on $2( for .*)?\$" "$record"; then return 0; fi
    stack=${3-}
    [ -z "$stack" ] || refuse_other_stack
    cat_existing "$journal/new" >"$work/new"
    gather
    cat "$work/new" >>"$work/before"
    if [ ! -s "$work/before" ]; then
        [ ! -d "$journal" ] || close_journal
        return 0
    fi
    set_bundle "$(sed -nE 's/^bundle ([^ ]+) on ([^ ]+).*/\1 \2 /p' "$work/before" | sed -n 1p)"
    note_secrets
    note_holder "bundle $bundle (removing it)"

    run_cleanup "$work/before"
    note_in_use "$work/before" "$work/others"
    stop_unlisted "$work/others"
    clear_staged
    names "$files_and_keys" "$work/before" | sort -u >"$work/changed"
    while read -r path; do
        try "$path could not be removed" take_away "$path" || :
    done <"$work/changed"
    flush_directories "$work/changed"
    reload_without
    : >"$work/raised"
    (reporting refresh_again "$work/before")
    cp "$work/others" "$work/needed"
    release
    [ -z "$troubled" ] || fail "not everything could be removed, run it again"
    [ ! -d "$journal" ] || close_journal
    rm -f "$record"
    sync "${record%/*}"
    sweep
}
