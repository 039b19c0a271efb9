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
        dpkg --configure -a >/dev/null 2>&1 </dev/null 3>&- || :
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
        -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" >"$work/apt" 2>&1 </dev/null 3>&-
}

# note_packages CMD: apt's hook, before it unpacks (standard input: its settings, an empty line, a line for each step).
note_packages() {
    local package old
    if [ ! -f "$state/accounts-before" ]; then
        accounts >"$work/accounts"
        replace "$state/accounts-before" <"$work/accounts"
    fi
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
            dpkg --configure -a >/dev/null 2>&1 </dev/null 3>&-
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
