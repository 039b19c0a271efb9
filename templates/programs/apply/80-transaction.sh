# A bundle is applied wholly or not at all.

apply() {
    begin
    receive
    parse
    note_holder "bundle $bundle"
    refuse_other_stack
    open_journal
    : >"$work/facts"
    need_programs
    look_first
    need_users
    make_directories
    make_keys
    make_requests
    make_wireguard_keys
    stage
    check_staged
    note_services
    note_in_use "$work/before" "$work/needed"
    save
    live=yes
    stop_unlisted "$work/needed"
    swap
    activate
    probe
    verify_services
    open=
    : >"$journal/committed"
    sync "$journal/committed" "$journal"
    finish_commit
    cat "$work/facts" || :
}

# finish_commit: the new version is good; lets go of what only the previous one needed, and records it.
finish_commit() {
    if [ -f "$journal/new" ]; then
        release
        adopt
        mv -f "$journal/new" "$record"
        sync "$record" "${record%/*}"
    fi
    close_journal
    sweep
}

# finish_commits: those that killed runs left behind.
finish_commits() {
    local committed
    for committed in "$state"/unfinished/*/committed; do
        [ -f "$committed" ] || continue
        committed=${committed%/*}
        use_bundle "${committed##*/}"
        cat_existing "$journal/new" >"$work/new"
        gather
        note_in_use "$work/before" "$work/needed"
        finish_commit
    done
}

# release: directories, users and packages that we brought and that nobody needs any more.
release() {
    remove_directories "$work/before" "$work/needed"
    delete_users "$work/needed"
    purge_packages "$work/needed"
}

# adopt: what stood at our paths before us is kept as long as they are ours; so is how units were.
adopt() {
    local saved path unit
    paths "$record" "$work/others" >"$work/known"
    for saved in "$journal"/saved/*; do
        path=$(decoded "$saved")
        if exists "$saved" && paths "$work/new" | has "$path" && ! has "$path" <"$work/known"; then
            mv -fT "$saved" "$state/originals/$(encoded "$path")"
        fi
    done
    sync "$state/originals"
    while read -r unit; do
        names service "$record" "$work/others" | has "$unit" || remember services "$unit $(lines "$unit" "$journal/services")"
    done <"$(list service "$work/new")"
}

# roll_back: the previous files, and the previous state of every service; a first application leaves nothing.
roll_back() {
    open=
    clear_staged
    if [ -n "$live$recovered" ] && [ ! -f "$record" ]; then run_cleanup "$work/new" "$work/before"; fi
    each_unit_before unit_lower
    restore_paths
    reload_without
    : >"$work/raised"
    each_unit_before unit_raise
    reporting refresh_again "$record"
    reporting run_on_change "$record"
    cat_existing "$work/before" "$work/new" >"$work/both"
    mv "$work/both" "$work/before"
    cat_existing "$record" "$work/others" >"$work/needed"
    note_in_use "$work/before" "$work/needed"
    release
    if [ -n "$troubled" ]; then
        reason="$reason; not everything could be put back, run it again"
    else
        close_journal
        sweep
        if [ -z "$live$recovered" ]; then
            reason="$reason; nothing live was changed"
        elif [ -f "$record" ]; then
            reason="$reason; the previous version is back"
        else
            reason="$reason; nothing was left behind"
        fi
    fi
}

# restore_paths: everything that the journal saved; $work/changed lists what really had changed.
restore_paths() {
    local saved path absent
    : >"$work/changed"
    for saved in "$journal"/saved/*; do
        path=$(decoded "$saved")
        if exists "$saved" && ! same "$saved" "$path"; then
            if put_back "$saved" "$path"; then echo "$path" >>"$work/changed"; else trouble "$path could not be put back"; fi
        fi
    done
    for absent in "$journal"/absent/*; do
        path=$(decoded "$absent")
        if [ -e "$absent" ] && exists "$path" && [ ! -d "$path" ]; then
            if rm -f "$path" && sync "${path%/*}/"; then echo "$path" >>"$work/changed"; else trouble "$path could not be removed"; fi
        fi
    done
}

# reporting COMMAND...: a failure is told, and stops nothing.
reporting() {
    (
        # shellcheck disable=SC2317
        fail() { trouble "$*"; }
        "$@"
        [ -z "$troubled" ]
    ) || troubled=yes
}

# refresh_again RECORD: running units see files that were put back or removed.
refresh_again() {
    local unit
    units "$1" >"$work/units-again"
    while read -r unit; do
        if is_active "$unit" && ! has "$unit" <"$work/raised"; then refresh "$unit" "$1"; fi
    done <"$work/units-again"
}
