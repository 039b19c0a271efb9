# The program itself: comes to a host that it can work on, and goes without a trace.

supported="Debian 12, Debian 13 and Ubuntu 24.04"

# install FILE: checks the host first; FILE is this program's text.
install() {
    trap '' HUP PIPE
    report "$(check_host)"
    mkdir -p "$state/bundles" "$state/unfinished" "$state/originals" "$state/requests"
    chmod 0700 "$state"
    (
        umask 022
        mkdir -p "${program%/*}"
    )
    cmp -s "$1" "$program" && [ -x "$program" ] && return 0
    # A run in progress calls the program again, by apt's hook: it must find the version that it belongs to.
    begin
    cp "$1" "$program.part"
    chmod 0755 "$program.part"
    sync "$program.part"
    mv -fT "$program.part" "$program"
    sync "${program%/*}"
}

# check_host: prints a line for everything that is in the way.
check_host() {
    local kernel missing tool
    kernel=$(uname -s)
    [ "$kernel" = Linux ] || echo "this host runs $kernel; supported is Linux ($supported)"
    case $(distribution) in
    debian-12 | debian-13 | ubuntu-24.04) ;;
    *) echo "this host runs $(distribution); supported are $supported" ;;
    esac
    [ -d /run/systemd/system ] ||
        echo "the init of this host is $(cat /proc/1/comm 2>/dev/null || echo unknown), not systemd; supported are $supported with systemd running"
    [ "$(id -u)" = 0 ] ||
        echo "connected as $(id -un), who is not root: connect as root, or give the user passwordless sudo"
    missing=
    for tool in apt-get dpkg-query flock getent groupadd journalctl sha256sum sync systemctl timeout useradd; do
        sh -c 'command -v "$1"' sh "$tool" >/dev/null || missing="$missing $tool"
    done
    [ -z "$missing" ] || echo "this host lacks$missing"
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

# uninstall [HOST [STACK]]: refuses while bundles are there. With HOST and STACK, bundles that are all another host name's or another
# stack's are left alone, and the program with them: the host was renamed, or several stacks share it.
uninstall() {
    local bundles
    [ -e "$program" ] || [ -d "$state" ] || return 0
    # A run that was killed while it removed the records goes on here.
    [ "$(id -u)" != 0 ] || mkdir -p "$state/bundles" "$state/unfinished"
    begin
    bundles=$(find "$state/bundles" "$state/unfinished" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort -u | paste -s -d ' ')
    if [ -n "$bundles" ] && [ -n "${1-}" ] && ! grep -rqE -e "^bundle [^ ]+ on $1( for ${2:-.*})?\$" "$state/bundles" "$state/unfinished"; then return 0; fi
    [ -z "$bundles" ] || fail "there are still bundles on this host, remove them first: $bundles"
    rm -rf "$state"
    rm -f "$program"
    rmdir --ignore-fail-on-non-empty "${program%/*}"
    rm -f "$lock_file"
}
