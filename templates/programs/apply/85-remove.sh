# shellcheck shell=dash disable=SC2034,SC2154
# A bundle goes, and what was there before it comes back.

# remove NAME: run again after any failure, it does the rest; a bundle that is not there is fine.
remove() {
    local path
    case $1 in '' | *[!a-z0-9-]*) fail "remove needs the name of a bundle" ;; esac
    begin
    bundle=$1
    record=$state/bundles/$1
    journal=$state/unfinished/$1
    cat_existing "$journal/new" >"$work/new"
    gather
    cat "$work/new" >>"$work/before"
    [ -s "$work/before" ] || return 0
    set_bundle "$(sed -n 's/^bundle \(.*\) on \(.*\)/\1 \2/p' "$work/before" | sed -n 1p)"
    note_holder "bundle $bundle (removing it)"

    run_cleanup "$work/before"
    note_in_use "$work/before" "$work/others"
    stop_unlisted "$work/others"
    clear_staged
    names file,private-key,wireguard-key "$work/before" | sort -u >"$work/changed"
    while read -r path; do
        take_away "$path" || trouble "$path could not be removed"
    done <"$work/changed"
    flush_directories "$work/changed"
    if grep -q '^/etc/systemd/system/' "$work/changed"; then systemctl daemon-reload; fi
    : >"$work/raised"
    (reporting refresh_again "$work/before")
    cp "$work/others" "$work/needed"
    release
    [ -z "$troubled" ] || fail "not everything could be removed, run it again"
    rm -rf "$journal"
    rm -f "$record"
    sync "${record%/*}"
    sweep
}
