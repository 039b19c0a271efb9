#!/bin/sh
# Gives a new machine a host key that was made on it, in two steps, so that a run which ends in between can be repeated. `make` shows the
# machine's own key beside the first one, which somebody else knows, and prints it; whoever calls it pins the first key. `retire` waits for
# the boot and takes the first keys away, the host's and the one that was let in; whoever calls it pins the machine's own. The two host keys
# are of different kinds, and sshd shows each client the kind that it asks for. What follows the step names the machine.
set -eu
export LC_ALL=C

own=/etc/ssh/ssh_host_ed25519_key
first=/etc/ssh/ssh_host_ecdsa_key
authorized=/root/.ssh/authorized_keys
first_login=ha-monitoring-first-login

fail() {
    printf 'ha-monitoring: %s: %s\n' "$(hostname)" "$1" >&2
    exit 1
}

wait_for_cloud_init() {
    command -v cloud-init >/dev/null || return 0
    status=0
    report=$(cloud-init status --wait --long 2>&1) || status=$?
    # 2 is what it calls a recoverable error: it ran to its end.
    case $status in
        0 | 2) ;;
        *) fail "cloud-init failed: $(printf '%s' "$report" | tr '\n' ' '); look at /var/log/cloud-init-output.log on the machine" ;;
    esac
}

# A unit that failed is somebody else's business; that all were started is what counts.
wait_for_boot() {
    systemctl is-system-running --wait >/dev/null || :
}

reload_sshd() {
    sshd=$(command -v sshd || echo /usr/sbin/sshd)
    "$sshd" -t || fail "sshd refuses its configuration"
    systemctl try-reload-or-restart ssh.service
}

make_own_key() {
    [ ! -s "$own" ] || return 0
    rm -f "$own.new" "$own.new.pub"
    ssh-keygen -q -t ed25519 -N '' -C "root@$(hostname)" -f "$own.new"
    mv "$own.new.pub" "$own.pub"
    mv "$own.new" "$own"
}

forget_first_login() {
    grep -q " $first_login\$" "$authorized" 2>/dev/null || return 0
    (
        umask 077
        grep -v " $first_login\$" "$authorized" >"$authorized.new" || [ -e "$authorized.new" ]
    )
    mv "$authorized.new" "$authorized"
}

main() {
    case $1 in
        make)
            wait_for_cloud_init
            make_own_key
            reload_sshd
            cut -d ' ' -f 1,2 "$own.pub"
            ;;
        retire)
            wait_for_boot
            [ -s "$own" ] || fail "there is no $own, and without it nobody could connect any more; nothing was removed"
            forget_first_login
            if [ -e "$first" ]; then
                rm -f "$first" "$first.pub"
                reload_sshd
            fi
            ;;
        *) fail "\"$1\" is no step; make and retire are" ;;
    esac
}

# The whole program has been read when it starts: it comes on standard input, which nothing here may read from.
main "$@" </dev/null
