#!/bin/sh
# The program of ha-monitoring on a host: applies and removes host bundles, each as one transaction.
# shellcheck shell=dash disable=SC2034
# What a bundle is, and what is promised: docs/host-bundles.md. The parts of this program are joined in the order of their names.
#
# /var/lib/ha-monitoring (0700) holds, with "!" for "/" where a path is a file name:
#   bundles/NAME      what is applied: the bundle's directives, with a checksum in the place of each content
#   unfinished/NAME/  a transaction that has not ended: see 40-journal.sh
#   originals/        what stood at our paths before us
#   requests/         the certificate requests that were handed out
#   services          the state of units before us: UNIT is-enabled is-active
#   users             what we created: user NAME, group NAME
#   packages accounts what we installed: CMD PACKAGE, and what that brought: CMD user NAME, CMD group NAME
#   work/             what the run in progress has read; deleted when it ends, or by the next run
set -eu
umask 077
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
say() { printf '%s %s\n' "$who" "$*" >&2 || :; }

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
    "$@" >"$work/output" 2>&1 </dev/null || fail "$what: $(one_line <"$work/output")"
}

# try WHAT COMMAND...: the same, but the run goes on with the rest.
try() {
    local what="$1"
    shift
    "$@" >"$work/output" 2>&1 </dev/null || {
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
    [ -d "$state/bundles" ] || fail "this machine is not prepared: $state is missing, run install"
    rm -rf "$work" "$state"/*.part "$state"/*/*.part
    mkdir "$work"
    started=$(date +%s)
    finish_packages
    finish_commits
    sweep
}

# Whatever ended the run: puts the previous state back if a transaction is open, and tells what happened in one line.
on_exit() {
    local status=$?
    trap - EXIT
    trap '' INT TERM
    set +e
    [ "$status" = 0 ] || [ -n "$reason" ] || reason="stopped unexpectedly (status $status)"
    [ -z "$open" ] || roll_back
    [ -z "$reason" ] || say "$reason"
    [ -z "$locked" ] || rm -rf "$work"
    exit "$status"
}

# shellcheck shell=dash disable=SC2034,SC2154
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

# shellcheck shell=dash disable=SC2034,SC2154
# Reads a bundle: standard input -> $work/new (its record) and $work/content/SHA256 (what its files contain).

# The grammar: one extended regular expression a line, and beside it what an error shows.
grammar() {
    local name part path ours id unit shell program_name san attributes
    name='[a-z][a-z0-9-]*'
    part='\.?[A-Za-z0-9_%+=:,@-][A-Za-z0-9_%+=:,@.-]*' # of a path; neither . nor ..
    path="(/$part)+"
    ours="(/$part)*/($part)?ha-monitoring[A-Za-z0-9_%+=:,@.-]*(/$part)*"
    id='[a-z0-9_][a-z0-9_-]{0,31}'
    unit='[A-Za-z0-9:_.@-]+\.(service|socket|timer|path|mount|target)'
    shell='[^[:cntrl:] ][^[:cntrl:]]*'
    program_name='[A-Za-z0-9._-]+'
    san='(DNS:[A-Za-z0-9.*-]+|IP:[0-9A-Fa-f.:]+)'
    attributes="[0-7]{4} $id:$id"
    cat <<END
bundle $name on [A-Za-z0-9][A-Za-z0-9._-]*	bundle NAME on HOST
command $program_name( [a-z0-9][a-z0-9+.-]+)+	command CMD PACKAGE...
in-use $program_name $shell	in-use CMD SHELL
unless $program_name $shell	unless CMD SHELL
user [a-z_][a-z0-9_-]{0,31}	user NAME
directory $path $attributes	directory PATH MODE OWNER:GROUP
state-directory $ours $attributes	state-directory PATH MODE OWNER:GROUP, with ha-monitoring in PATH
private-key $path $attributes	private-key PATH MODE OWNER:GROUP
wireguard-key $path $attributes	wireguard-key PATH MODE OWNER:GROUP
certificate-request $path [A-Za-z0-9][A-Za-z0-9._-]* $san(,$san)*	certificate-request KEYPATH NAME SAN[,SAN...]
file $path $attributes	file PATH MODE OWNER:GROUP
check $shell	check SHELL
service $unit	service UNIT
restart $unit $path	restart UNIT PATH
reload $unit $path	reload UNIT PATH
on-change $shell	on-change SHELL
probe [1-9][0-9]{0,3} $shell	probe SECONDS SHELL
cleanup $shell	cleanup SHELL
end	end
END
}

# Reads all of standard input; input that was cut short is refused.
receive() {
    timeout 120 cat >"$work/bundle" || fail "the bundle could not be read from standard input"
    [ "$(tail -n 1 "$work/bundle")" = end ] || fail "the bundle was cut short: its last line must be 'end'; nothing was changed"
    # shellcheck disable=SC2094
    tr -d '\000' <"$work/bundle" | cmp -s - "$work/bundle" || fail "the bundle contains a NUL byte; nothing was changed"
}

# Turns $work/bundle into the record and the contents, or reports every malformed line. Errors never quote a line.
parse() {
    local line directive sum
    grep -an '^[^#|]' "$work/bundle" >"$work/lines"
    set_bundle "$(sed -n '1s/^[0-9]*:bundle \([a-z][a-z0-9-]*\) on \([A-Za-z0-9._-]*\)$/\1 \2/p' "$work/lines")"
    malformed >"$work/malformed"
    if [ -s "$work/malformed" ]; then
        while IFS= read -r line; do say "$line"; done <"$work/malformed"
        fail "the bundle is malformed; nothing was changed"
    fi
    mkdir -p "$work/content"
    while IFS= read -r line; do
        directive=${line#*:}
        case $directive in
        "file "*)
            # its content: the lines with | up to the next directive
            sed -n "$((${line%%:*} + 1)),\$ { /^[^#|]/q; s/^|//p; }" "$work/bundle" >"$work/part"
            sum=$(sha256sum <"$work/part")
            mv "$work/part" "$work/content/${sum%% *}"
            printf '%s %s\n' "$directive" "${sum%% *}"
            ;;
        end) ;;
        *) printf '%s\n' "$directive" ;;
        esac
    done <"$work/lines" >"$work/new"
    note_secrets
}

# set_bundle "NAME HOST": from here on errors name the bundle.
set_bundle() {
    [ -n "$1" ] || fail "the first line of a bundle is 'bundle NAME on HOST'; nothing was changed"
    who="ha-monitoring: ${1#* }: bundle ${1% *}:"
    use_bundle "${1% *}"
}

use_bundle() {
    bundle=$1
    record=$state/bundles/$1
    journal=$state/unfinished/$1
}

# Prints what is wrong in $work/lines, one finding a line.
malformed() {
    local line keyword usage
    grammar | sed 's/\t.*//; s/.*/[0-9]+:(&)/' >"$work/grammar"
    { grep -avxE -f "$work/grammar" "$work/lines" || :; } | while IFS= read -r line; do
        keyword=${line#*:}
        usage=$(grammar | sed -n "s/.*\t\(${keyword%%[!a-z-]*}\( .*\)*\)\$/\1/p")
        printf 'line %s: %s\n' "${line%%:*}" "${usage:+expected: }${usage:-no such directive}"
    done
    sed -n '/^[^#|]/h; /^|/{x; /^file /!=; x;}' "$work/bundle" | sed 's/.*/line &: content that belongs to no file/'
    sed '1d; $d' "$work/lines" | sed -n 's/^\([0-9]*\):\(bundle\|end\)\( .*\)*$/line \1: a second "\2"/p'
    sed 's/^[0-9]*://' "$work/lines" >"$work/directives"
    paths "$work/directives" | sort | uniq -d | sed 's/.*/& is listed twice/'
    paths "$work/directives" | grep -E "^($state|${program%/*})(/|\$)" | sed 's/.*/& is where this program itself lives/'
    lines certificate-request "$work/directives" | cut -d ' ' -f 1 | sort | uniq -d | sed 's/.*/& has two certificate requests/'
    # what restart, reload and certificate-request speak of must be in the bundle
    { lines "$files_and_keys" "$work/directives" | cut -d ' ' -f 1; } >"$work/files"
    { lines 'restart|reload' "$work/directives" | cut -d ' ' -f 2 | sort -u | grep -vxF -f "$work/files" || :; } |
        sed 's/.*/restart or reload names &, which is no file of this bundle/'
    lines private-key "$work/directives" | cut -d ' ' -f 1 >"$work/files"
    { lines certificate-request "$work/directives" | cut -d ' ' -f 1 | grep -vxF -f "$work/files" || :; } |
        sed 's/.*/certificate-request names &, which is no private-key of this bundle/'
}

# Collects what errors must never quote: the lines of files that not everybody may read, and the words of those that only their owner may.
note_secrets() {
    local mode sum
    while read -r _ mode _ sum; do
        case $mode in *[4-7]) continue ;; esac
        sed 's/^[[:blank:]]*//; s/[[:blank:]]*$//' "$work/content/$sum"
        case $mode in *00) tr -s '[:space:]"=:,;'"'" '\n' <"$work/content/$sum" ;; esac
    done <"$(list file "$work/new")" | { grep -aE '.{8}' || :; } | sort -u >"$work/secrets"
}

# shellcheck shell=dash disable=SC2034,SC2154
# What is remembered across runs. The journal of a transaction, unfinished/NAME/, holds
#   new        the record of the bundle that is being applied     earlier   those of attempts that were killed
#   saved/     what was there before the first attempt            absent/   the paths where there was nothing
#   services   the state of units before the first attempt        committed green: what is left to do is to finish
# A directory is saved as an empty one: its mode and owner count.

files_and_keys='file|private-key|wireguard-key' # the directives that put something into a directory

# lines KIND[|KIND...] FILE...: what follows the keyword on these directives; files that are not there are empty.
lines() {
    local kinds="$1"
    shift
    sed -nE "s/^($kinds) //p" "$@" 2>/dev/null || :
}

# list KIND FILE...: the same in a file, whose name is printed (for loops that must not run in a pipe).
list() {
    local listed
    listed=$(mktemp "$work/list.XXXXXX")
    lines "$@" >"$listed"
    printf '%s' "$listed"
}

# list_of NAME: the same with a list of the state directory, so that a loop over it may change it; users come before their groups.
list_of() {
    local listed
    listed=$(mktemp "$work/list.XXXXXX")
    cat_existing "$state/$1" | sort -r >"$listed"
    printf '%s' "$listed"
}

# names KIND[|KIND...] FILE...: the first word of each of these directives.
names() {
    local kinds="$1"
    shift
    sed -nE "s/^($kinds) ([^ ]*).*/\2/p" "$@" 2>/dev/null || :
}

# paths FILE...: every path that the directives bring.
paths() { names "$files_and_keys|directory|state-directory" "$@"; }

# has WORD: whether standard input has this line.
has() { grep -qxF -e "$1"; }

cat_existing() {
    local each
    for each in "$@"; do
        shift
        if [ -f "$each" ]; then set -- "$@" "$each"; fi
    done
    [ $# = 0 ] || cat "$@"
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

encoded() { printf '%s' "$1" | tr / '!'; }
decoded() { printf '%s' "${1##*/}" | tr '!' /; }

# flush PATH...: to the disk.
flush() {
    local each
    for each in "$@"; do
        [ -L "$each" ] || sync "$each"
    done
}

# list_has NAME LINE, remember NAME LINE, forget NAME LINE: the lists in the state directory.
list_has() { cat_existing "$state/$1" | has "$2"; }
remember() {
    ! list_has "$1" "$2" || return 0
    { cat_existing "$state/$1" && printf '%s\n' "$2"; } | replace "$state/$1"
}
forget() {
    cat_existing "$state/$1" | { grep -vxF -e "$2" || :; } | replace "$state/$1"
}

# replace PATH: standard input becomes the content, whole or not at all.
replace() {
    cat >"$1.part"
    sync "$1.part"
    mv -f "$1.part" "$1"
    sync "${1%/*}"
}

# copy FROM TO: whole or not at all, with mode and owner; TO is in the state directory.
copy() {
    rm -rf "$work/copy"
    if [ -d "$1" ] && [ ! -L "$1" ]; then
        mkdir "$work/copy"
        chown --reference="$1" "$work/copy"
        chmod --reference="$1" "$work/copy"
    else
        cp -a "$1" "$work/copy"
    fi
    flush "$work/copy"
    mv -T "$work/copy" "$2"
}

# keep PATH: saves what is there now, unless an attempt of this transaction already did.
keep() {
    local kept
    kept=$(encoded "$1")
    if exists "$journal/saved/$kept" || exists "$journal/absent/$kept"; then return 0; fi
    if exists "$1"; then copy "$1" "$journal/saved/$kept"; else : >"$journal/absent/$kept"; fi
}

# same KEPT PATH: whether PATH still is what was kept.
same() {
    if [ -L "$1" ]; then
        [ -L "$2" ] && [ "$(readlink "$1")" = "$(readlink "$2")" ]
    else
        [ ! -L "$2" ] && [ "$(stat -c %f:%u:%g "$1")" = "$(stat -c %f:%u:%g "$2" 2>/dev/null)" ] && { [ -d "$1" ] || cmp -s "$1" "$2"; }
    fi
}

# put_back KEPT PATH: what was kept comes back.
put_back() {
    local beside
    if [ -d "$1" ] && [ ! -L "$1" ]; then
        [ ! -d "$2" ] || { chown --reference="$1" "$2" && chmod --reference="$1" "$2"; }
        return
    fi
    beside=${2%/*}/$staging
    mkdir -p "$beside" &&
        cp -a "$1" "$beside/${2##*/}" &&
        flush "$beside/${2##*/}" &&
        mv -fT "$beside/${2##*/}" "$2" &&
        sync "${2%/*}/" || return
    rmdir --ignore-fail-on-non-empty "$beside"
}

# original_of PATH: where the thing is kept that stood there before us, if there was one.
original_of() {
    local kept
    kept=$(encoded "$1")
    if exists "$state/originals/$kept"; then
        printf '%s' "$state/originals/$kept"
    elif exists "$journal/saved/$kept" && ! paths "$record" | has "$1"; then
        printf '%s' "$journal/saved/$kept"
    fi
}

# is_ours PATH: whether it is there because of us. A run that was killed lists paths that it never came to.
is_ours() { paths "$record" | has "$1" || [ -e "$journal/absent/$(encoded "$1")" ]; }

# open_journal: from here on a failure is rolled back; an interrupted transaction of this bundle is continued.
open_journal() {
    if [ -d "$journal" ]; then
        recovered=yes
        cat_existing "$journal/new" "$journal/earlier" | sort -u | replace "$journal/earlier"
    fi
    mkdir -p "$journal/saved" "$journal/absent"
    gather
    replace "$journal/new" <"$work/new"
    open=yes
}

# close_journal: at once, for half a journal would tell lies.
close_journal() {
    rm -rf "$work/journal"
    mv -T "$journal" "$work/journal"
    sync "$state/unfinished"
}

# gather: what the previous version of the bundle lists, what the others list, and what is needed from now on.
gather() {
    others >"$work/others"
    cat_existing "$record" "$journal/earlier" >"$work/before"
    cat_existing "$work/new" "$work/others" >"$work/needed"
}

# others: the directives of all other bundles, applied or unfinished.
others() {
    local each
    set -- "$state"/bundles/* "$state"/unfinished/*/new "$state"/unfinished/*/earlier
    for each in "$@"; do
        shift
        case $each in
        "$record" | "$journal"/*) ;;
        *) set -- "$@" "$each" ;;
        esac
    done
    cat_existing "$@"
}

# sweep: drops what is remembered of things that no bundle lists any more.
sweep() {
    local each unit was
    cat_existing "$state"/bundles/* "$state"/unfinished/*/new "$state"/unfinished/*/earlier >"$work/all"
    paths "$work/all" >"$work/paths"
    for each in "$state"/originals/* "$state"/requests/*; do
        if exists "$each" && ! has "$(decoded "$each")" <"$work/paths"; then rm -rf "$each"; fi
    done
    if [ -f "$state/services" ]; then
        lines service "$work/all" >"$work/units"
        while read -r unit was; do
            has "$unit" <"$work/units" || forget services "$unit $was"
        done <"$(list_of services)"
    fi
}

# shellcheck shell=dash disable=SC2034,SC2154
# Programs that must exist, and the packages that bring them: installed without starting anything, purged when nobody needs them.

policy=/usr/sbin/policy-rc.d            # Debian's switch that keeps packages from starting services
policy_before=${program%/*}/policy-rc.d # one that was there before ours

# has_program CMD
has_program() { sh -c 'command -v "$1"' sh "$1" >/dev/null; }

# need_programs: installs what the `command` lines ask for.
need_programs() {
    local command packages
    while read -r command packages; do
        if ! has_program "$command" && ! is_superfluous "$command"; then
            install_packages "$command" "$packages"
            has_program "$command" || fail "$command is still missing after installing $packages"
        fi
    done <"$(list command "$work/new")"
}

# is_superfluous CMD: whether a line "unless" of the bundle says so.
is_superfluous() {
    local command shell
    while read -r command shell; do
        if [ "$command" = "$1" ] && run_shell 60 "$shell"; then return 0; fi
    done <"$(list unless "$work/new")"
    return 1
}

# install_packages CMD "PACKAGE...": those that the distribution knows; tried three times, for mirrors and locks have bad moments.
install_packages() {
    local refreshed pause known
    refreshed=
    for pause in 0 5 15; do
        sleep "$pause"
        known=$(known_packages "$2")
        if [ "$pause" != 0 ] || [ "$known" != "$2" ]; then
            if run_apt update; then refreshed=yes; fi
            known=$(known_packages "$2")
        fi
        if [ -n "$known" ]; then
            # The hook runs under apt's lock: it sees exactly what this installation brings. Apt inherits our lock, so it ends first.
            # shellcheck disable=SC2086
            if run_apt -o "DPkg::Tools::Options::$program::Version=2" -o "DPkg::Pre-Install-Pkgs::=$program note-packages $1" \
                --no-install-recommends install $known; then
                finish_packages
                return 0
            fi
            finish_packages
        elif [ -n "$refreshed" ]; then
            fail "$1 is missing, and this distribution has no package $2"
        fi
        mv "$work/apt" "$work/apt-failed"
        dpkg --configure -a >/dev/null 2>&1 </dev/null || :
    done
    fail "$1 is missing, and its packages ($2) could not be installed: $(one_line <"$work/apt-failed")"
}

# known_packages "PACKAGE...": those that can be installed.
known_packages() {
    local candidates package
    candidates=
    for package in $1; do
        if apt-cache policy "$package" | grep -q '^  Candidate: [^(]'; then candidates="$candidates $package"; fi
    done
    printf '%s' "${candidates# }"
}

run_apt() {
    DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=2 \
        -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" >"$work/apt" 2>&1 </dev/null
}

# note_packages CMD: apt's hook, before it unpacks (standard input: its settings, an empty line, a line for each step).
note_packages() {
    local package old
    [ -f "$state/accounts-before" ] || accounts | replace "$state/accounts-before"
    sed '1,/^$/d' | while read -r package old _; do
        if [ "$old" = - ]; then remember installing "$1 $package"; fi
    done
    if exists "$policy" && ! grep -qs ha-monitoring "$policy"; then
        cp -a "$policy" "$policy_before.part"
        mv -fT "$policy_before.part" "$policy_before"
    fi
    cat >"$policy.part" <<END
#!/bin/sh
# For the moment in which ha-monitoring installs packages: they start nothing that does not run already.
systemctl --quiet is-active "\$1" || exit 101
[ ! -x $policy_before ] || exec $policy_before "\$@"
END
    chmod 0755 "$policy.part"
    mv -fT "$policy.part" "$policy"
}

# finish_packages: after an installation, however it ended: services may start again, those that came are not enabled.
finish_packages() {
    local command package unit account
    rm -f "$policy.part" "$policy_before.part"
    if exists "$policy_before"; then
        put_back "$policy_before" "$policy"
        rm -f "$policy_before"
    elif grep -qs ha-monitoring "$policy"; then
        rm -f "$policy"
    fi
    if [ ! -f "$state/installing" ]; then
        rm -f "$state/accounts-before"
        return 0
    fi
    while read -r command package; do
        units_of_packages "$package" | while read -r unit; do
            if [ "$(unit_enabled "$unit")" = enabled ]; then systemctl --quiet disable "$unit" >/dev/null 2>&1 || :; fi
        done
        if is_installed "$package"; then remember packages "$command $package"; fi
    done <"$state/installing"
    command=$(sed -n '1s/ .*//p' "$state/installing")
    accounts | { grep -vxF -f "$state/accounts-before" || :; } | while read -r account; do remember accounts "$command $account"; done
    rm -f "$state/installing" "$state/accounts-before"
}

# accounts: the system's users and groups. Debian's packages leave theirs behind when they go.
accounts() {
    getent passwd | sed -nE 's/^([^:]*):[^:]*:[0-9]{1,3}:.*/user \1/p'
    getent group | sed -nE 's/^([^:]*):[^:]*:[0-9]{1,3}:.*/group \1/p'
}

is_installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qvx 'not-installed'; }

# units_of_packages PACKAGE...: the units that they bring.
units_of_packages() { dpkg-query -L "$@" 2>/dev/null | sed -n 's|^\(/usr\)*/lib/systemd/system/\([^/]*\.[a-z]*\)$|\2|p'; }

# note_in_use OLD NEEDED: $work/handed-over lists the packages that somebody else uses by now, $work/left-alone their units.
note_in_use() {
    local command shell package
    : >"$work/handed-over"
    while read -r command shell; do
        if ! names command "$2" | has "$command" && run_shell 60 "$shell"; then
            lines "$command" "$state/packages" | sed "s/^/$command /" >>"$work/handed-over"
        fi
    done <"$(list in-use "$1")"
    while read -r _ package; do units_of_packages "$package"; done <"$work/handed-over" >"$work/left-alone"
}

# purge_packages NEEDED: removes our packages for programs that nobody lists any more, except where something else would go with them.
purge_packages() {
    local ours command package removable extra kind name
    ours=
    names command "$1" | sed 's/\./\\./g; s/.*/^& /' >"$work/commands"
    cat_existing "$state/packages" | sort -r | { grep -v -f "$work/commands" || :; } >"$work/unneeded"
    while read -r command package; do
        if has "$command $package" <"$work/handed-over"; then
            forget packages "$command $package"
            forget_accounts "$command"
            continue
        fi
        if is_installed "$package"; then ours="$ours $package"; fi
    done <"$work/unneeded"
    removable=
    for package in $ours; do
        extra=$(also_removed "$package" "$ours")
        if [ -z "$extra" ]; then
            removable="$removable $package"
        elif printf '%s\n' "$extra" | tr ' ' '\n' | grep -qvxF -e "$(cut -d ' ' -f 2 "$state/packages")"; then
            say "the package $package stays, because $extra needs it"
        fi # else it is needed by another program of ours, and goes with that
    done
    if [ -n "$removable" ] && [ -z "$(also_removed "$removable" "$removable")" ]; then
        # shellcheck disable=SC2086
        run_apt purge $removable || {
            dpkg --configure -a >/dev/null 2>&1 </dev/null
            run_apt purge $removable
        } || trouble "the packages$removable could not be purged: $(one_line <"$work/apt")"
    fi
    forget_absent
    while read -r command kind name; do
        if [ -z "$(lines "$command" "$state/packages")" ] && delete_account "$kind" "$name"; then forget accounts "$command $kind $name"; fi
    done <"$(list_of accounts)"
}

# forget_absent: packages that are not installed any more are nobody's. All are asked for at once: this runs for every bundle.
forget_absent() {
    local line
    # shellcheck disable=SC2016
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n '/^not-installed /!s/^[^ ]* //p' >"$work/installed"
    cat_existing "$state/packages" | cut -d ' ' -f 2 | { grep -vxF -f "$work/installed" || :; } >"$work/absent"
    [ -s "$work/absent" ] || return 0
    while IFS= read -r line; do
        if has "${line#* }" <"$work/absent"; then forget packages "$line"; fi
    done <"$(list_of packages)"
}

# forget_accounts CMD: they are somebody else's by now.
forget_accounts() {
    local account
    while read -r account; do forget accounts "$1 $account"; done <<END
$(lines "$1" "$state/accounts")
END
}

# also_removed "PACKAGE..." "OURS...": what would go with these packages and is not ours, separated by blanks.
also_removed() {
    # shellcheck disable=SC2086
    { apt-get -s purge $1 2>/dev/null </dev/null || echo "Remv everything "; } | sed -n 's/^\(Purg\|Remv\) \([^ :]*\).*/\2/p' | sort -u |
        { grep -vxF -e "$(printf '%s\n' $2)" || :; } | paste -s -d ' '
}

# shellcheck shell=dash disable=SC2034,SC2154
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

# shellcheck shell=dash disable=SC2034,SC2154
# Directories and files: staged beside their targets, swapped by rename.

# is_owned PATH MODE OWNER:GROUP: whether it has this mode and owner, given as names or numbers.
is_owned() {
    case " $(stat -L -c '%04a:%U:%G %04a:%U:%g %04a:%u:%G %04a:%u:%g' "$1") " in *" $2:$3 "*) ;; *) false ;; esac
}

# own PATH MODE OWNER:GROUP: what is there gets this mode and owner; how it was is kept.
own() {
    if ! paths "$record" "$work/others" | has "$1"; then keep "$1"; fi
    if is_owned "$@"; then return 0; fi
    keep "$1"
    chown "$3" "$1"
    chmod "$2" "$1"
    sync "$1"
}

# look_first: refuses what cannot work, before anything is made.
look_first() {
    local path owner name parent
    while read -r path _ owner _; do
        for name in "passwd ${owner%:*}" "group ${owner#*:}"; do
            case $name in *' '*[!0-9]*)
                # shellcheck disable=SC2086
                names user "$work/new" | has "${name#* }" || getent $name >/dev/null || fail "$path shall belong to $owner, but there is no ${name#* }"
                ;;
            esac
        done
        parent=${path%/*}
        [ -z "$parent" ] || [ -d "$parent" ] || names 'directory|state-directory' "$work/new" | has "$parent" ||
            fail "$path has no directory to be in: $parent neither exists nor is it listed"
    done <"$(list "$files_and_keys|directory|state-directory" "$work/new")"
    while read -r path _; do
        if exists "$path" && [ ! -L "$path" ] && [ ! -f "$path" ]; then fail "$path is there already and is no regular file"; fi
        if paths "$work/others" | has "$path"; then fail "$path belongs to another bundle: $(owner_of "$path")"; fi
    done <"$(list "$files_and_keys" "$work/new")"
    while read -r path _; do
        if exists "$path" && [ ! -d "$path" ]; then fail "$path is there already and is no directory"; fi
    done <"$(list 'directory|state-directory' "$work/new")"
}

# owner_of PATH: the other bundles that list it.
owner_of() {
    find "$state/bundles" "$state/unfinished" -type f ! -path "$record" ! -path "$journal/*" -exec grep -lE "^[a-z-]+ $1 " {} + |
        sed 's|.*/bundles/||; s|.*/unfinished/\([^/]*\)/.*|\1|' | sort -u | paste -s -d ' '
}

# make_directories: with mode and owner, parents first.
make_directories() {
    local path mode owner
    lines 'directory|state-directory' "$work/new" | sort >"$work/directories"
    while read -r path mode owner; do
        if [ ! -d "$path" ]; then
            keep "$path"
            must "$path could not be made" mkdir "$path"
            sync "$path/.."
        fi
        own "$path" "$mode" "$owner"
    done <"$work/directories"
}

# stage: a new version of each file that differs, beside it, with its mode and owner; $work/staged lists them.
stage() {
    local path mode owner sum beside
    clear_staged
    : >"$work/staged"
    while read -r path mode owner sum; do
        if [ -f "$path" ] && [ ! -L "$path" ] && is_owned "$path" "$mode" "$owner" &&
            [ "$(sha256sum <"$path")" = "$sum  -" ]; then continue; fi
        beside=${path%/*}/$staging
        [ -d "$beside" ] || must "$path could not be staged" mkdir -m 0755 "$beside"
        must "$path could not be staged" cp "$work/content/$sum" "$beside/${path##*/}"
        chown "$owner" "$beside/${path##*/}"
        chmod "$mode" "$beside/${path##*/}"
        sync "$beside/${path##*/}"
        echo "$path" >>"$work/staged"
    done <"$(list file "$work/new")"
    # what the bundle does not list any more
    names "$files_and_keys" "$work/new" >"$work/files"
    names "$files_and_keys" "$work/before" | sort -u | { grep -vxF -f "$work/files" || :; } >"$work/gone"
    cat "$work/staged" "$work/gone" "$work/made-keys" >"$work/changed"
    if [ -n "$recovered" ]; then cat "$work/files" "$work/gone" >"$work/changed"; fi
}

# clear_staged: removes what is staged, by this run or one that was killed.
clear_staged() {
    local beside
    paths "$work/new" "$work/before" | sed "s|/[^/]*\$|/$staging|" | sort -u | while read -r beside; do rm -rf "$beside"; done
}

# save: what is about to change, and what was there before us.
save() {
    local path
    while read -r path; do keep "$path"; done <"$work/changed"
    while read -r path _; do
        paths "$record" | has "$path" || keep "$path"
    done <"$(list file "$work/new")"
    find "$journal" -type f -exec sync {} +
    sync "$journal/saved" "$journal/absent"
}

# swap: everything staged becomes live, everything gone goes.
swap() {
    local path
    while read -r path; do
        must "$path could not be replaced" mv -fT "${path%/*}/$staging/${path##*/}" "$path"
    done <"$work/staged"
    while read -r path; do must "$path could not be removed" take_away "$path"; done <"$work/gone"
    clear_staged
    flush_directories "$work/staged" "$work/gone"
}

# flush_directories FILE...: those of the paths in the files.
flush_directories() {
    local directory
    sed 's|/[^/]*$|/|' "$@" | sort -u | while read -r directory; do
        [ ! -d "$directory" ] || sync "$directory"
    done
}

# take_away PATH: a file of ours goes; what was there before us comes back.
take_away() {
    local original
    original=$(original_of "$1")
    if [ -n "$original" ]; then
        put_back "$original" "$1"
    elif is_ours "$1"; then
        rm -f "$1"
    fi
}

# remove_directories OLD NEEDED: those that we made and only OLD lists: with their content if it is ours, else if they are empty.
remove_directories() {
    local kind path original
    while read -r kind path _; do
        if paths "$2" | has "$path" || [ ! -d "$path" ]; then continue; fi
        original=$(original_of "$path")
        if [ -n "$original" ]; then
            put_back "$original" "$path"
        elif ! is_ours "$path"; then
            continue
        elif [ "$kind" = state-directory ]; then
            rm -rf "$path" || trouble "$path could not be removed"
        else
            rmdir "$path" 2>/dev/null || :
        fi
    done <<END
$(cat_existing "$1" | grep -E '^(state-)?directory ' | sort -k 2,2 -r -u)
END
}

# shellcheck shell=dash disable=SC2034,SC2154
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
        chown "$owner" "$work/key"
        chmod "$mode" "$work/key"
        put_back "$work/key" "$path"
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
            { echo "# $fingerprint" && cat "$work/request"; } | replace "$request"
        fi
        sed 1d "$request" >>"$work/facts"
    done <"$(list certificate-request "$work/new")"
}

# shellcheck shell=dash disable=SC2034,SC2154
# Private keys of WireGuard, which never leave the machine, and their public keys, which do.

# make_wireguard_keys: each wireguard-key that is not there, and facts for standard output; $work/made-keys lists what was made.
make_wireguard_keys() {
    local path mode owner public
    while read -r path mode owner; do
        if ! public=$(wireguard_public_key "$path"); then
            if exists "$path" && ! paths "$work/before" | has "$path"; then
                fail "$path is there already and is no private key of WireGuard"
            fi
            keep "$path"
            wg genkey >"$work/key" 2>"$work/output" </dev/null || fail "the private key $path could not be made: $(one_line <"$work/output")"
            put_back "$work/key" "$path"
            rm -f "$work/key"
            echo "$path" >>"$work/made-keys"
            public=$(wireguard_public_key "$path")
        fi
        own "$path" "$mode" "$owner"
        echo "wireguard $path $public" >>"$work/facts"
    done <"$(list wireguard-key "$work/new")"
}

# wireguard_public_key PATH
wireguard_public_key() { [ -f "$1" ] && wg pubkey <"$1" 2>/dev/null; }

# shellcheck shell=dash disable=SC2034,SC2154
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

# unit_do VERB UNIT: start, restart or reload; on failure, the transaction fails with the unit's last words.
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
    fi
}

# activate: what is listed runs, with what changed. A unit that was started needs no restart, one that was restarted no reload.
activate() {
    local unit
    reload_systemd
    names service "$work/new" >"$work/services"
    while read -r unit; do
        case $(unit_enabled "$unit") in
        enabled | static | generated | transient) ;;
        *) must "$unit could not be enabled" systemctl enable "$unit" ;;
        esac
        if is_active "$unit"; then refresh "$unit" "$work/new"; else unit_do start "$unit"; fi
    done <"$work/services"
    refresh_others "$work/new"
    run_on_change "$work/new"
}

# refresh UNIT RECORD: restarts or reloads a running unit whose files changed.
refresh() {
    if concerned restart "$1" "$2"; then
        unit_do restart "$1"
    elif concerned reload "$1" "$2"; then
        unit_do reload "$1"
    fi
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

# shellcheck shell=dash disable=SC2034,SC2154
# The SHELL lines of a bundle, and what errors tell of their output.

# run_shell SECONDS SHELL: by a shell of its own, not from here to eternity; its output is in $work/output.
run_shell() {
    cat >"$work/shell" <<END
umask 022
staged() {
    if [ -e "\${1%/*}/$staging/\${1##*/}" ]; then printf %s "\${1%/*}/$staging/\${1##*/}"; else printf %s "\$1"; fi
}
$2
END
    result=0
    # What it starts must not hold our lock, but as long as it runs the lock is held: hence the subshell.
    (
        cd /
        env --default-signal=PIPE timeout -k 5 "$1" sh "$work/shell" >"$work/output" 2>&1 </dev/null 9>&- || exit $?
    ) || result=$?
    return "$result"
}

# outcome: what became of the last run_shell.
outcome() {
    case $result in
    124 | 137) printf 'did not end in time' ;;
    *) printf 'failed with status %s' "$result" ;;
    esac
    [ ! -s "$work/output" ] || printf ': %s' "$(one_line <"$work/output")"
}

# one_line: standard input as one line for an error, without the lines that quote a file which not everybody may read.
one_line() {
    local said
    touch "$work/secrets"
    said=$(tr '\r\t' '  ' | tr -d '\000-\011\013-\037\177' | grep -av '^ *$' | grep -avF -f "$work/secrets" |
        sed ':join; $!{N; b join}; s/\n/ | /g' | cut -c 1-1000)
    printf '%s' "${said:-it said nothing that may be shown}"
}

# short TEXT: enough of it to recognise it.
short() { printf '%s' "$1" | cut -c 1-80; }

# check_staged: the bundle's own checks, before anything live changes.
check_staged() {
    local shell
    while IFS= read -r shell; do
        run_shell 900 "$shell" || fail "check ($(short "$shell")) $(outcome)"
    done <"$(list check "$work/new")"
}

# run_on_change RECORD
run_on_change() {
    local shell
    [ -s "$work/changed" ] || return 0
    while IFS= read -r shell; do
        run_shell 900 "$shell" || fail "on-change ($(short "$shell")) $(outcome)"
    done <"$(list on-change "$1")"
}

# run_cleanup RECORD...: each line once; failures are told and stop nothing.
run_cleanup() {
    local shell
    : >"$work/cleaned"
    while IFS= read -r shell; do
        ! has "$shell" <"$work/cleaned" || continue
        printf '%s\n' "$shell" >>"$work/cleaned"
        run_shell 900 "$shell" || say "cleanup ($(short "$shell")) $(outcome)"
    done <"$(list cleanup "$@")"
}

# probe: until each is green, or its time is over; one attempt gets 10 seconds at most.
probe() {
    local seconds shell deadline left
    while read -r seconds shell; do
        deadline=$(($(uptime_seconds) + seconds))
        while :; do
            left=$((deadline - $(uptime_seconds)))
            [ "$left" -gt 0 ] || fail "probe ($(short "$shell")) was not green within $seconds s: it $(outcome)"
            if run_shell "$((left < 10 ? left : 10))" "$shell"; then break; fi
            sleep 1
        done
    done <"$(list probe "$work/new")"
}

# uptime_seconds: a clock that nobody sets.
uptime_seconds() { cut -d . -f 1 /proc/uptime; }

# shellcheck shell=dash disable=SC2034,SC2154
# A bundle is applied wholly or not at all.

apply() {
    begin
    receive
    parse
    note_holder "bundle $bundle"
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
    if grep -q '^/etc/systemd/system/' "$work/changed"; then systemctl daemon-reload; fi
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

# shellcheck shell=dash disable=SC2034,SC2154
# A bundle goes, and what was there before it comes back.

# remove NAME [HOST]: run again after any failure, it does the rest; a bundle that is not there is fine. With HOST it must be that host's:
# a machine that has got another name has its bundles under that one by now, and what is removed is the old name.
remove() {
    local path
    begin
    case $1 in '' | *[!a-z0-9-]*) fail "'$1' is not the name of a bundle" ;; esac
    use_bundle "$1"
    if [ -n "${2-}" ] && [ -f "$record" ] && ! grep -qxF -e "bundle $1 on $2" "$record"; then return 0; fi
    cat_existing "$journal/new" >"$work/new"
    gather
    cat "$work/new" >>"$work/before"
    if [ ! -s "$work/before" ]; then
        [ ! -d "$journal" ] || close_journal
        return 0
    fi
    set_bundle "$(sed -n 's/^bundle \(.*\) on \(.*\)/\1 \2/p' "$work/before" | sed -n 1p)"
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
    if grep -q '^/etc/systemd/system/' "$work/changed"; then systemctl daemon-reload; fi
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

# shellcheck shell=dash disable=SC2034,SC2154
# The program itself: comes to a machine that it can work on, and goes without a trace.

supported="Debian 12, Debian 13 and Ubuntu 24.04"

# install FILE: checks the machine first; FILE is this program's text.
install() {
    local findings line
    trap '' HUP PIPE
    findings=$(check_machine)
    if [ -n "$findings" ]; then
        printf '%s\n' "$findings" | while IFS= read -r line; do say "$line"; done
        exit 1
    fi
    mkdir -p "$state/bundles" "$state/unfinished" "$state/originals" "$state/requests"
    chmod 0700 "$state"
    (
        umask 022
        mkdir -p "${program%/*}"
    )
    cmp -s "$1" "$program" && [ -x "$program" ] && return 0
    cp "$1" "$program.part"
    chmod 0755 "$program.part"
    sync "$program.part"
    mv -fT "$program.part" "$program"
    sync "${program%/*}"
}

# check_machine: prints a line for everything that is in the way.
check_machine() {
    local kernel missing tool
    kernel=$(uname -s)
    [ "$kernel" = Linux ] || echo "this machine runs $kernel; supported is Linux ($supported)"
    case $(distribution) in
    debian-12 | debian-13 | ubuntu-24.04) ;;
    *) echo "this machine runs $(distribution); supported are $supported" ;;
    esac
    [ -d /run/systemd/system ] ||
        echo "the init of this machine is $(cat /proc/1/comm 2>/dev/null || echo unknown), not systemd; supported are $supported with systemd running"
    [ "$(id -u)" = 0 ] ||
        echo "connected as $(id -un), who is not root: connect as root, or give the user passwordless sudo"
    missing=
    for tool in apt-get dpkg-query flock getent groupadd journalctl sha256sum sync systemctl timeout useradd; do
        sh -c 'command -v "$1"' sh "$tool" >/dev/null || missing="$missing $tool"
    done
    [ -z "$missing" ] || echo "this machine lacks$missing"
}

# distribution: as its os-release says, ID-VERSION.
distribution() {
    (
        ID=unknown VERSION_ID=
        # shellcheck source=/dev/null
        [ ! -r /etc/os-release ] || . /etc/os-release
        printf '%s' "$ID${VERSION_ID:+-$VERSION_ID}"
    )
}

# uninstall [HOST]: refuses while bundles are there. With HOST, bundles that are all another host's are left alone, and the program with
# them: the machine has got another name.
uninstall() {
    local bundles
    [ -e "$program" ] || [ -d "$state" ] || return 0
    begin
    bundles=$(find "$state/bundles" "$state/unfinished" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -u | paste -s -d ' ')
    if [ -n "$bundles" ] && [ -n "${1-}" ] && ! grep -rqE -e "^bundle [^ ]+ on $1\$" "$state/bundles" "$state/unfinished"; then return 0; fi
    [ -z "$bundles" ] || fail "there are still bundles on this machine, remove them first: $bundles"
    rm -rf "$state"
    rm -f "$program"
    rmdir --ignore-fail-on-non-empty "${program%/*}"
    rm -f "$lock_file"
}

# shellcheck shell=dash disable=SC2034,SC2154

main() {
    case $#:${1-} in
    1:apply) apply ;;
    2:remove) remove "$2" ;;
    3:remove) remove "$2" "$3" ;;
    2:install) install "$2" ;;
    1:uninstall) uninstall ;;
    2:uninstall) uninstall "$2" ;;
    2:note-packages) note_packages "$2" ;; # for apt
    1:parse) check_text ;;
    *) fail_usage ;;
    esac
}

# check_text: the bundle on standard input is read and checked, anywhere and by anybody; prints its record.
check_text() {
    work=$(mktemp -d)
    trap 'status=$?; rm -rf "$work"; [ -z "$reason" ] || say "$reason"; exit "$status"' EXIT
    receive
    parse
    cat "$work/new"
}

fail_usage() {
    echo "usage: apply apply <BUNDLE | apply remove NAME [HOST] | apply install FILE | apply uninstall [HOST] | apply parse <BUNDLE" >&2
    exit 2
}

main "$@"
