#!/bin/sh
# The firewall's table, on trial until a new SSH connection confirms it:
#   firewall load                    loads the confirmed rules; without any, removes the table
#   firewall restore                 does so if the table is not there
#   firewall try SECONDS             loads the wanted rules; not confirmed in time, the confirmed ones come back
#   firewall ensure SECONDS          tries again when the table is not there, e.g. after the very first trial of a run that was killed
#   firewall confirm SHA256 SECONDS  makes the wanted rules, which have this checksum, the confirmed ones
#   firewall unload                  removes the table, and ends a trial
set -eu
export LC_ALL=C

table='inet ha_monitoring'
wanted=/etc/ha-monitoring/firewall/rules.nft
confirmed=/etc/ha-monitoring/firewall/confirmed.nft
# Holds the checksum of the rules that are on trial. A reboot ends every trial.
trial=/run/ha-monitoring-firewall/trial
unit=ha-monitoring-firewall.service
deadman=ha-monitoring-firewall-deadman

fail() {
    echo "$*" >&2
    exit 1
}

load() {
    rm -f "$trial"
    if [ -f "$confirmed" ]; then nft -f "$confirmed"; else delete_table; fi
}

restore() {
    # shellcheck disable=SC2086
    nft list table $table >/dev/null 2>&1 || load
}

# ensure SECONDS
ensure() {
    # shellcheck disable=SC2086
    nft list table $table >/dev/null 2>&1 || try "$1"
}

unload() {
    stop_deadman
    rm -f "$trial"
    # Not in the units, whose sandbox keeps it until they end.
    rmdir "${trial%/*}" 2>/dev/null || :
    delete_table
}

delete_table() {
    printf 'table %s\ndelete table %s\n' "$table" "$table" | nft -f -
}

# stop_deadman: not in the units, which cannot reach systemd. The end of $unit ends it.
stop_deadman() {
    systemctl stop "$deadman.timer" "$deadman.service" 2>/dev/null || :
    systemctl reset-failed "$deadman.timer" "$deadman.service" 2>/dev/null || :
}

# try SECONDS
try() {
    stop_deadman
    rm -f "$trial"
    if cmp -s "$wanted" "$confirmed"; then
        load
        return
    fi
    [ -d "${trial%/*}" ] || mkdir -m 0700 "${trial%/*}"
    # The way back is there before the step is made.
    systemd-run --quiet --unit "$deadman.service" --description 'Takes back firewall rules that nobody confirmed' \
        --on-active "$1" --timer-property AccuracySec=100ms --timer-property PartOf="$unit"
    if ! nft -f "$wanted"; then
        stop_deadman
        fail 'nft refused the rules; the previous ones are still there'
    fi
    checksum "$wanted" >"$trial"
}

# confirm SHA256 SECONDS
confirm() {
    [ "$(checksum "$wanted")" = "$1" ] ||
        fail "$wanted holds other rules than those to confirm; did another deployment write them?"
    if cmp -s "$wanted" "$confirmed"; then
        load
        return
    fi
    [ "$(cat "$trial" 2>/dev/null)" = "$1" ] || try_again "$2"
    cp "$wanted" "$confirmed.new"
    sync "$confirmed.new"
    mv -f "$confirmed.new" "$confirmed"
    sync "${confirmed%/*}"
    stop_deadman
    rm -f "$trial"
}

# try_again SECONDS: the trial is over, and this connection is older than the next one. So it proves itself.
try_again() {
    try "$1"
    if prove; then
        nft -f "$wanted"
        return
    fi
    stop_deadman
    load
    fail 'no new SSH connection came through the new firewall rules, so the previous ones are back; is sshPort the port on which sshd itself listens?'
}

# prove: whether a packet from the other end of this SSH connection comes in when it is judged like the first one of a new connection.
prove() {
    session=$(ssh_session) || return 1
    connection=$(tr '\0' '\n' <"/proc/$session/environ" | sed -n 's/^SSH_CONNECTION=//p')
    # shellcheck disable=SC2086
    set -- $connection
    [ $# -eq 4 ] || return 1
    case $1 in *:*) family=ip6 ;; *) family=ip ;; esac
    packet="$family saddr ${1%%\%*} tcp sport $2 tcp dport $4"
    nft -f - <<END || return 1
insert rule $table input $packet goto arriving
add chain $table proof { type filter hook input priority 300; }
add rule $table proof $packet counter
END
    # The session's standard error. Where sshd started `apply` itself, that has a file there, and has moved it to 3.
    said="/proc/$session/fd/2"
    [ ! -f "$said" ] || said="/proc/$session/fd/3"
    # What is said there must be acknowledged from there. A session that has ended would never open.
    # shellcheck disable=SC2016
    timeout 10 sh -c 'echo "ha-monitoring: does an answer come through the new firewall rules?" >"$1"' sh \
        "$said" || return 1
    attempts=0
    while [ "$attempts" -lt 75 ]; do
        attempts=$((attempts + 1))
        sleep 0.2
        # shellcheck disable=SC2086
        ! nft list chain $table proof | grep -q 'counter packets [1-9]' || return 0
    done
    return 1
}

# ssh_session: the process that sshd started for the connection over which this program was called.
ssh_session() {
    process=$$
    while [ "$process" -gt 1 ]; do
        parent=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$process/status")
        case $(cat "/proc/$parent/comm") in sshd*)
            echo "$process"
            return
            ;;
        esac
        process=$parent
    done
    return 1
}

checksum() { sha256sum <"$1" | cut -d ' ' -f 1; }

exec 8<"${confirmed%/*}"
# The way back does not wait for somebody who hangs.
flock -w 15 8 || [ "$*" = load ] || fail 'another run of this program does not end'

case $*,$# in
load,1) load ;;
restore,1) restore ;;
unload,1) unload ;;
try\ *,2) try "$2" ;;
ensure\ *,2) ensure "$2" ;;
confirm\ *,3) confirm "$2" "$3" ;;
*) fail 'usage: firewall load | restore | try SECONDS | ensure SECONDS | confirm SHA256 SECONDS | unload' ;;
esac
