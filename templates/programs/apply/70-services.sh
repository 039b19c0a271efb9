# Units of systemd: reload rather than restart, only what changed, and everything can go back.

unit_enabled() { systemctl is-enabled "$1" 2>/dev/null || :; }

is_active() {
    case $(systemctl is-active "$1" 2>/dev/null || :) in active | activating | reloading) ;; *) false ;; esac
}

# units FILE...: every unit that the directives name.
units() { names 'service|restart|reload' "$@" | sort -u; }

# state_of UNIT: enabled, disabled or another word of systemd, and active or inactive.
state_of() {
    local enabled running
    enabled=$(unit_enabled "$1")
    if is_active "$1"; then running=active; else running=inactive; fi
    printf '%s %s' "${enabled:-not-found}" "$running"
}

# note_services: how every unit is before this transaction, in the journal.
note_services() {
    local unit
    units "$work/new" "$work/before" >"$work/units"
    while read -r unit; do
        cat_existing "$journal/services" | cut -d ' ' -f 1 | has "$unit" ||
            echo "$unit $(state_of "$unit")" >>"$journal/services"
    done <"$work/units"
    [ ! -f "$journal/services" ] || sync "$journal/services"
}

# unit_do VERB UNIT: start, stop, restart or reload; on failure, the transaction fails with the unit's last words.
unit_do() {
    systemctl reset-failed "$2" 2>/dev/null || : # also what counts how often it was started of late
    acted=yes
    systemctl "$1" "$2" >"$work/output" 2>&1 </dev/null || fail "$2 did not $1: $(last_words "$2")"
}

# last_words UNIT: the last lines of its journal, or what systemctl said.
last_words() {
    timeout 5 journalctl --sync 2>/dev/null || :
    journalctl --quiet --unit "$1" --since "@$started" --lines 6 --output cat --no-pager >"$work/journal" 2>/dev/null || :
    [ -s "$work/journal" ] || cp "$work/output" "$work/journal"
    one_line <"$work/journal"
}

# concerned VERB UNIT RECORD: whether a file changed for which RECORD asks to restart or reload UNIT.
concerned() {
    lines "$1" "$3" | sed -n "s/^$2 //p" >"$work/concerned"
    grep -qxF -f "$work/concerned" "$work/changed"
}

reload_systemd() {
    if [ -n "$recovered" ] || grep -q '^/etc/systemd/system/' "$work/changed"; then
        must "systemd could not read the units" systemctl daemon-reload
        forget_units
    fi
}

# reload_without: the same when files were removed or put back, where nothing stops the run.
reload_without() {
    if grep -q '^/etc/systemd/system/' "$work/changed"; then
        systemctl daemon-reload
        forget_units
    fi
}

# forget_units: a unit that only another unit starts, a timer for example, is named by no directive. When its file has gone, it may still
# run, or end with an error because the unit that starts it was stopped; systemd would list it as failed until the next boot.
forget_units() {
    local path unit
    while read -r path; do
        unit=${path#/etc/systemd/system/}
        case $path in /etc/systemd/system/*) ;; *) continue ;; esac
        case $unit in */*) continue ;; esac
        if exists "$path" || [ "$(systemctl show --property LoadState --value "$unit" 2>/dev/null)" != not-found ]; then continue; fi
        systemctl stop "$unit" >/dev/null 2>&1 || :
        systemctl reset-failed "$unit" >/dev/null 2>&1 || :
    done <"$work/changed"
}

# activate: what is listed runs, with what changed. A unit that was started needs no restart, one that was restarted no reload.
activate() {
    local unit
    reload_systemd
    names service "$work/new" >"$work/services"
    while read -r unit; do invocation "$unit"; done <"$work/services" >"$work/invocations"
    while read -r unit; do
        case $(unit_enabled "$unit") in
        enabled | static | generated | transient) ;;
        *) must "$unit could not be enabled" systemctl enable "$unit" ;;
        esac
        if ! is_active "$unit"; then
            unit_do start "$unit"
        elif ran_before "$unit"; then
            refresh "$unit" "$work/new"
        fi
    done <"$work/services"
    refresh_others "$work/new"
    run_on_change "$work/new"
}

# invocation UNIT: its name and the id of its present run.
invocation() { echo "$1 $(systemctl show --property InvocationID --value "$1")"; }

# ran_before UNIT: whether it still runs as before activate. If not, a unit that requires it has started it, with its new files.
ran_before() { invocation "$1" | grep -qxF -f "$work/invocations"; }

# refresh UNIT RECORD: restarts or reloads a running unit whose files changed.
refresh() {
    if concerned restart "$1" "$2"; then
        restart "$1"
    elif concerned reload "$1" "$2"; then
        unit_do reload "$1"
    fi
}

# restart UNIT: a socket is stopped, then started. A restart job of systemd does not keep connections from starting its service meanwhile, as a
# stop job does, and that service would hold the address on which the socket is to listen.
restart() {
    local service
    case $1 in
    *.socket) ;;
    *)
        unit_do restart "$1"
        return 0
        ;;
    esac
    service=${1%.socket}.service
    is_active "$service" || service=''
    unit_do stop "$1"
    [ -z "$service" ] || unit_do stop "$service"
    unit_do start "$1"
    [ -z "$service" ] || unit_do start "$service"
}

# refresh_others RECORD: the same for running units that are not the bundle's own.
refresh_others() {
    local unit
    names service "$1" >"$work/services"
    names 'restart|reload' "$1" | sort -u | { grep -vxF -f "$work/services" || :; } >"$work/units"
    while read -r unit; do
        if is_active "$unit"; then refresh "$unit" "$1"; fi
    done <"$work/units"
}

# verify_services: every listed unit runs, or has done its work.
verify_services() {
    local unit
    if [ -n "$acted" ] && ! grep -q '^probe ' "$work/new"; then sleep 1; fi # some units fail just after their start
    while read -r unit; do
        await_job "$unit"
        case $(systemctl show --property ActiveState,SubState,Type,ConditionResult "$unit" | sort | tr '\n' ' ') in
        "ActiveState=active "* | "ActiveState=reloading "*) ;;
        "ActiveState=inactive ConditionResult=yes "*Type=oneshot*) ;;
        *) fail "$unit does not stay up: $(last_words "$unit")" ;;
        esac
    done <"$(list service "$work/new")"
}

# await_job UNIT: those that require a unit are restarted with it, and are not up yet when that one is.
await_job() {
    local deadline
    deadline=$(($(uptime_seconds) + 90))
    while systemctl show --property Job "$1" | grep -q '=[1-9]' && [ "$(uptime_seconds)" -lt "$deadline" ]; do sleep 0.2; done
}

# stop_unlisted NEEDED: units that only the previous version lists go back to how they were before us.
stop_unlisted() {
    local unit was
    names service "$work/before" | sort -u >"$work/services"
    while read -r unit; do
        if names service "$1" | has "$unit" || has "$unit" <"$work/left-alone"; then continue; fi
        was=$(lines "$unit" "$state/services")
        if [ -z "$was" ] && ! names service "$record" | has "$unit"; then was=$(lines "$unit" "$journal/services"); fi
        was=${was:-not-found inactive}
        unit_lower "$unit" "${was% *}" "${was#* }"
        unit_raise "$unit" "${was% *}" "${was#* }"
    done <"$work/services"
}

# unit_lower UNIT ENABLED ACTIVE: stops and disables it, if that is how it was.
unit_lower() {
    if [ "$3" = inactive ] && ! systemctl stop "$1" >"$work/output" 2>&1 && is_active "$1"; then
        trouble "$1 did not stop: $(one_line <"$work/output")"
    fi
    case $2 in disabled | not-found)
        [ "$(unit_enabled "$1")" != enabled ] || try "$1 could not be disabled" systemctl --quiet disable "$1" || :
        ;;
    esac
    [ "$3" = active ] || systemctl reset-failed "$1" >/dev/null 2>&1 || :
}

# unit_raise UNIT ENABLED ACTIVE: enables and starts it, if that is how it was.
unit_raise() {
    if [ "$2" = enabled ] && [ "$(unit_enabled "$1")" != enabled ]; then
        try "$1 could not be enabled again" systemctl --quiet enable "$1" || :
    fi
    if [ "$3" = active ] && ! is_active "$1"; then
        systemctl reset-failed "$1" 2>/dev/null || :
        echo "$1" >>"$work/raised"
        systemctl start "$1" >"$work/output" 2>&1 || trouble "$1 did not start again: $(last_words "$1")"
    fi
}

# each_unit_before COMMAND: calls COMMAND UNIT ENABLED ACTIVE for every unit as it was before this transaction.
each_unit_before() {
    local unit enabled running
    [ -f "$journal/services" ] || return 0
    while read -r unit enabled running; do "$1" "$unit" "$enabled" "$running"; done <"$journal/services"
}
