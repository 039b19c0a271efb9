# Whether this host can have what a stack is about to put on it. Nothing is changed, and all findings are reported at once.

# preflight: standard input has a line for everything that the stack needs of this host, and the last one is "end".
preflight() {
    local requirements found
    trap '' HUP PIPE
    trap 'status=$?; [ -z "$reason" ] || say "$reason"; exit "$status"' EXIT
    requirements=$(timeout 120 cat) || fail "what the stack needs could not be read from standard input"
    case $requirements in
    "preflight "*end) ;;
    *) fail "what the stack needs was cut short: its first word must be 'preflight', and its last line 'end'" ;;
    esac
    # shellcheck disable=SC2046 # words of a line
    set -- $(printf '%s\n' "$requirements" | head -n 1)
    who="ha-monitoring: ${2-}:"
    stack=${4-}
    # As a condition, so that a check that fails does not end the others.
    found=$(findings "$requirements") || fail "the checks of this host did not come to their end"
    # One socket can be in the way of several.
    report "$(printf '%s\n' "$found" | awk '!seen[$0]++')"
}

# findings REQUIREMENTS
findings() {
    local line
    check_host
    check_clock
    check_packages
    printf '%s\n' "$1" | sed '1d; $d' | while IFS= read -r line; do
        # shellcheck disable=SC2086 # words of a line
        check_requirement $line
    done
    check_firewalls "$1"
    return 0
}

# report FINDINGS: ends the run if there are any, with each as an error.
report() {
    local line
    [ -n "$1" ] || return 0
    printf '%s\n' "$1" | while IFS= read -r line; do say "$line"; done
    exit 1
}

check_requirement() {
    case $#:$1 in
    5:listen) check_port "$2" "$3" "$4" "$5" ;;
    2:interface) interface_problem "$2" ;;
    2:network) ! command -v ip >/dev/null || network_problem "$2" ;;
    3:space) check_space "$2" "$3" ;;
    2:service) check_service "$2" ;;
    2:ssh) check_ssh "$2" ;;
    2:logins) check_logins "$2" ;;
    1:docker) check_docker_user "${SUDO_USER-}" ;;
    5:open) ;; # see check_firewalls: all of them together
    *) echo "this version of the program on the host does not know '$1'" ;;
    esac
}

# Certificates that a stack makes are not valid before they are made.
check_clock() {
    [ "$(date -u +%Y)" -ge 2026 ] ||
        echo "the clock says $(date -u +%Y-%m-%dT%H:%MZ), and certificates are valid from today on; set it, for example by timedatectl set-ntp true"
}

check_packages() {
    local audit
    # What a run of ours left half installed, the next one finishes.
    if [ -d "$state/unfinished" ] && [ -n "$(find "$state/unfinished" -mindepth 1 -print -quit)" ]; then return 0; fi
    audit=$(dpkg --audit 2>&1 | sed -nE 's/^ ([a-z0-9][a-z0-9+.-]+) .*/\1/p' | paste -s -d ' ')
    [ -z "$audit" ] || echo "packages are half installed, so that no other can be: $audit; run dpkg --configure -a on the host"
}

# check_space DIRECTORY MEGABYTES: what a first deployment needs.
check_space() {
    local directory free
    if [ -d "$state/bundles" ] && [ -n "$(find "$state/bundles" -mindepth 1 -print -quit)" ]; then return 0; fi
    directory=$1
    while [ ! -d "$directory/" ]; do directory=${directory%/*}; done
    free=$(df -Pm "$directory/" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$2" ] || echo "$1 has $free MB free, and a first deployment needs $2 MB"
}

# check_port PROTOCOL ADDRESS PORT SETTING: whether we can listen there, or do already.
check_port() {
    local sockets held address holder
    # A host without ss gets it with the first bundle, whose own checks find a port that is taken.
    command -v ss >/dev/null || return 0
    sockets=$(ss -Hln "--$1" -p "sport = :$3" 2>&1) || {
        printf '%s\n' "ss does not list the sockets of port $3 ($1): $sockets"
        return 0
    }
    printf '%s' "$sockets" | while read -r _ _ _ held _ holder || [ -n "$held" ]; do
        address=${held%:*}
        address=${address#\[}
        address=${address%\]}
        collides "$2" "${address%\%*}" || continue
        holder=$(holder_of "$held" "$holder")
        [ -n "$holder" ] || continue
        echo "port $3 ($1) of $held is held by $holder; choose another $4, or stop what holds it"
    done | sort -u
}

# check_ssh PORT: whether a server listens on the port that our firewall will leave open for SSH.
check_ssh() {
    local own
    command -v ss >/dev/null || return 0
    [ -z "$(ss -Hltn "sport = :$1" 2>&1)" ] || return 0
    own=$(sshd_settings | sed -n 's/^port //p' | paste -s -d ' ')
    echo "nothing listens on port $1 (tcp), the only one that the firewall would leave open for SSH; set sshPort to the port on which sshd itself listens${own:+: $own}"
}

# check_logins COUNT: whether sshd takes so many connections at once by which nobody has logged in yet. From the first number of MaxStartups
# on it refuses some of them by chance, which commands of a run make up for by trying again; it refuses all from the last number on, or from
# the first one if the chance is 100 %. MaxSessions is no matter: beyond it, ssh opens another connection.
check_logins() {
    local name value most fix
    sshd_settings | awk '
        $1 == "maxstartups" && split($2, of, ":") == 3 { print "MaxStartups", $2, (of[2] == 100 ? of[1] : of[3]), "10:30:100" }
        $1 == "persourcemaxstartups" && $2 != "none" { print "PerSourceMaxStartups", $2, $2, "none" }
    ' | while read -r name value most fix; do
        [ "$most" -lt "$1" ] || continue
        echo "of connections that have not logged in, sshd takes $most at once ($name $value in $(file_of_sshd "$name")), and a run needs $1; set $name $fix there, and run systemctl reload ssh"
    done
}

# sshd_settings: each with its value; nothing where sshd is not there or refuses its configuration.
sshd_settings() {
    "$(command -v sshd || echo /usr/sbin/sshd)" -T 2>/dev/null || :
}

# file_of_sshd SETTING: the file that sets it; the first one counts, and Debian's own configuration begins with the directory.
file_of_sshd() {
    grep -lis "^[[:space:]]*$1[[:space:]=]" /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config | grep -m 1 . || echo /etc/ssh/sshd_config
}

# check_docker_user USER: whether the user of SSH may use Docker, or may as soon as it is installed. Root has no entry in SUDO_USER.
check_docker_user() {
    [ -n "$1" ] && [ "$1" != root ] || return 0
    case " $(id -nG "$1") " in *" docker "*) return 0 ;; esac
    # Access can be given by other means than the group.
    ! runuser -u "$1" -- docker version >/dev/null 2>&1 || return 0
    echo "the user $1 may not use Docker, which makes the container of Alertmanager; run groupadd --force --system docker && usermod --append --groups docker $1 on the host (the group docker has the rights of root), or connect as root"
}

# collides OURS THEIRS: whether two sockets of one port cannot have these addresses at the same time; ss says * for the wildcard of both families.
collides() {
    case "$1 $2" in
    *" *") ;;
    "0.0.0.0 "*:* | ":: "*.*) return 1 ;;
    "0.0.0.0 "* | ":: "*) ;;
    *:*" ::" | *.*" 0.0.0.0") ;;
    *) [ "$1" = "$2" ] ;;
    esac
}

# holder_of SOCKET PROCESSES: who holds a socket of which ss says PROCESSES; nothing if this stack does.
holder_of() {
    local process name unit other
    process=$(printf '%s' "$2" | sed -nE 's/.*pid=([0-9]+).*/\1/p')
    if [ -z "$process" ]; then
        holder_in_kernel "${1##*:}"
        return 0
    fi
    # It may have ended since, and its socket with it.
    name=$(cat "/proc/$process/comm" 2>/dev/null) || return 0
    unit=$(unit_of "$process" "$1")
    case $unit in
    ha-monitoring-*)
        other=$(other_owner "$unit")
        [ -z "$other" ] || printf '%s of the stack %s' "$unit" "$other"
        ;;
    *) printf '%s (%sprocess %s)' "$name" "${unit:+$unit, }" "$process" ;;
    esac
}

# holder_in_kernel PORT: sockets of WireGuard in the kernel have no process.
holder_in_kernel() {
    local interface
    interface=$(wg show all listen-port 2>/dev/null | awk -v port="$1" '$2 == port { print $1; exit }')
    if [ -z "$interface" ]; then
        printf 'a socket without a process'
    elif ! is_our_interface "$interface"; then
        printf 'the WireGuard interface %s' "$interface"
    fi
}

# unit_of PROCESS SOCKET: the unit of systemd that it runs in, or for which systemd itself holds the socket.
unit_of() {
    if [ "$1" = 1 ]; then
        systemctl list-sockets --all --no-legend --plain | awk -v socket="$2" '$1 == socket { print $2; exit }'
    else
        sed -nE 's,.*/([^/]+\.(service|scope))(/.*)?$,\1,p' "/proc/$1/cgroup" 2>/dev/null | tail -n 1
    fi
}

# other_owner UNIT: the stack of a unit of ours, if that is another one than the one that asks.
other_owner() {
    local owner
    owner=$(owner_of_service "$1")
    [ -z "$owner" ] || [ "$owner" = "$stack" ] || printf '%s' "$owner"
}

# check_service UNIT: whether it belongs to another stack.
check_service() {
    local other
    other=$(other_owner "$1")
    [ -z "$other" ] ||
        echo "$1 of this host belongs to the stack $other, and a host has one overlay; $(transfer_hint "$other")"
}

# owner_of_service UNIT: the stack of the bundle that has this service, or a socket or timer of that name.
owner_of_service() {
    local record
    for record in "$state"/bundles/*; do
        if names service "$record" | grep -qE "^${1%.*}\.(service|socket|timer)\$"; then
            stack_of "$record"
            return 0
        fi
    done
}
