#!/bin/sh
# The program of ha-monitoring on a host: applies and removes host bundles, each as one transaction.
# shellcheck shell=dash
# What a bundle is, and what is promised: docs/host-bundles.md. The parts of this program are joined in the order of their names.
#
# /var/lib/ha-monitoring (0700) holds, with "!" for "/" where a path is a file name:
#   format            the version of this layout and of the records in it: see 15-format.sh
#   bundles/NAME      what is applied: the bundle's directives, with a checksum in the place of each content
#   unfinished/NAME/  a transaction that has not ended: see 40-journal.sh
#   originals/        what stood at our paths before us
#   requests/         the certificate requests that were handed out
#   services          the state of units before us: UNIT is-enabled is-active
#   users             what we created: user NAME, group NAME
#   packages accounts what we installed: CMD PACKAGE, and what that brought: CMD user NAME, CMD group NAME
#   work/             what the run in progress has read; deleted when it ends, or by the next run
#
# Files in work/ that several parts use (written by -> read by):
#   new               parse -> all: the record of the bundle on standard input
#   contents          parse -> stage, note_secrets: PATH MODE OWNER:GROUP SHA256 N for each file of the bundle, whose content is content/N
#   before            gather -> all: the directives of the previous version, and of attempts that were killed
#   others            gather -> all: the directives of all other bundles
#   needed            gather -> release, stop_unlisted: the directives that are in force after the run
#   made-keys         make_keys, make_wireguard_keys -> stage: keys that this run made
#   staged, gone      stage -> swap: files that are replaced, and files that are removed
#   changed           stage, restore_paths, remove -> activate, on-change lines: every path whose content or owner changed
#   invocations       activate -> ran_before: which run of each listed unit was there before
#   facts             need_users, make_requests, make_wireguard_keys -> standard output
#   secrets words     note_secrets -> one_line: lines and words that no error may quote
#   raised            unit_raise -> refresh_again: units that were started again
#   left-alone, handed-over  note_in_use -> stop_unlisted, purge_packages: what somebody else uses by now
#   stderr            every command -> on_exit: what a command said that failed without a message of ours
set -eu
umask 077
exec 3>&2 # errors of this program; what commands say on standard error goes to a file once there is one
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C

program=/usr/local/lib/ha-monitoring/apply
state=/var/lib/ha-monitoring
work=$state/work
lock_file=/run/ha-monitoring.lock
staging=.ha-monitoring-staged # the directory beside a file where its new version waits

who=ha-monitoring: # how errors begin
reason=            # what went wrong
locked=            # set while we hold the machine's lock
open=              # set while a transaction can be rolled back
live=              # set once it has touched what is live
recovered=         # set if it continues one that was interrupted
troubled=          # set once something could not be undone
acted=             # set once a unit was started, restarted or reloaded

# Says one line to the operator, who may be gone.
say() { printf '%s %s\n' "$who" "$*" >&3 || :; }

# Says what could not be undone; the run goes on with the rest.
trouble() {
    say "$*"
    troubled=yes
}

# Ends the run; on_exit tells the reason and puts things back.
fail() {
    reason=$*
    exit 1
}

# must WHAT COMMAND...: if the command fails, the run fails with WHAT and what the command said.
must() {
    local what="$1"
    shift
    "$@" >"$work/output" 2>&1 </dev/null 3>&- || fail "$what: $(one_line <"$work/output")"
}

# try WHAT COMMAND...: the same, but the run goes on with the rest.
try() {
    local what="$1"
    shift
    "$@" >"$work/output" 2>&1 </dev/null 3>&- || {
        trouble "$what: $(one_line <"$work/output")"
        return 1
    }
}

# Takes the lock, and clears what killed runs have left behind.
begin() {
    trap '' HUP PIPE # when SSH drops, the run goes on to its end
    trap on_exit EXIT
    trap 'fail "stopped by a signal"' INT TERM
    [ "$(id -u)" = 0 ] || fail "this needs root: connect as root, or give the user passwordless sudo"
    lock
    [ -d "$state/bundles" ] || fail "this host is not prepared: $state is missing, run install"
    rm -rf "$work" "$state"/*.part "$state"/*/*.part
    mkdir "$work"
    # A command that fails without a message of ours is quoted by on_exit.
    exec 2>"$work/stderr"
    started=$(date +%s)
    check_format
    finish_packages
    finish_commits
    sweep
}

# unexpected_words: what the command said that ended the run without a message of ours.
unexpected_words() {
    [ ! -s "$work/stderr" ] || printf ': %s' "$(tail -n 3 "$work/stderr" | one_line)"
}

# Whatever ended the run: puts the previous state back if a transaction is open, and tells what happened in one line.
on_exit() {
    local status=$?
    trap - EXIT
    trap '' INT TERM
    set +e
    [ "$status" = 0 ] || [ -n "$reason" ] || reason="stopped unexpectedly (status $status)$(unexpected_words)"
    [ -z "$open" ] || roll_back
    [ -z "$reason" ] || say "$reason"
    [ -z "$locked" ] || rm -rf "$work"
    exit "$status"
}
