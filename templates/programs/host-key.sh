#!/bin/sh
# Replaces the keys that a new host came with, in two steps, so that a run which ends in between can be repeated.
# `make IDENTITY` has the host make an Ed25519 host key of its own, which sshd offers beside the first one, and prints its public half. The
# caller pins the first host key, which is ECDSA: sshd offers each client the type that it asks for.
# `retire IDENTITY HARDWARE` waits for the boot, then removes the first host key, and the first login key from every account. The caller
# pins the host's own key.
# IDENTITY and HARDWARE are not read: a change of them runs the step again.
set -eu
export LC_ALL=C

own=/etc/ssh/ssh_host_ed25519_key
first=/etc/ssh/ssh_host_ecdsa_key
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
        *) fail "cloud-init failed: $(printf '%s' "$report" | tr '\n' ' '); look at /var/log/cloud-init-output.log on the host" ;;
    esac
}

# A unit that failed is somebody else's business; that all were started is what counts.
wait_for_boot() {
    systemctl is-system-running --wait >/dev/null || :
}

# A restart ends when sshd listens again (Type=notify), and sessions survive it (KillMode=process). A reload ends before that: sshd closes
# its sockets to execute itself, and refuses the next connection. reset-failed lifts the limit on starts, which counts those of other runs.
restart_sshd() {
    sshd=$(command -v sshd || echo /usr/sbin/sshd)
    "$sshd" -t || fail "sshd refuses its configuration"
    systemctl reset-failed ssh.service
    systemctl try-restart ssh.service
}

make_own_key() {
    [ ! -s "$own" ] || return 0
    rm -f "$own.new" "$own.new.pub"
    ssh-keygen -q -t ed25519 -N '' -C "root@$(hostname)" -f "$own.new"
    mv "$own.new.pub" "$own.pub"
    mv "$own.new" "$own"
}

# remove_first_login UID GID FILE: other lines, owner and mode stay. It runs with the account's own rights, because a link in a home
# directory must not decide what root writes.
remove_first_login() {
    setpriv --reuid "$1" --regid "$2" --clear-groups sh -eus -- "$3" "$first_login" <<'END'
umask 077
new=$(mktemp "$1.XXXXXX")
trap 'rm -f "$new"' EXIT
# Status 1: no line is left.
grep -v " $2\$" "$1" >"$new" || [ $? -eq 1 ]
chmod --reference="$1" "$new"
mv -T "$new" "$1"
END
}

# cloud-init gives login keys to the image's default user, too, and the user data of older versions of this library let it.
forget_first_login() {
    getent passwd | while IFS=: read -r account _ uid gid _ home _; do
        for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
            if [ ! -f "$file" ] || ! grep -q " $first_login\$" "$file"; then continue; fi
            remove_first_login "$uid" "$gid" "$file" ||
                fail "$file still lets the first login key in as $account; remove the line that ends with $first_login, then run pulumi up again"
        done
    done
}

main() {
    case $1 in
        make)
            wait_for_cloud_init
            make_own_key
            restart_sshd
            cut -d ' ' -f 1,2 "$own.pub"
            ;;
        retire)
            wait_for_boot
            [ -s "$own" ] || fail "there is no $own, and without it nobody could connect any more; nothing was removed"
            forget_first_login
            if [ -e "$first" ]; then
                rm -f "$first" "$first.pub"
                restart_sshd
            fi
            ;;
        *) fail "\"$1\" is no step; make and retire are" ;;
    esac
}

# The whole program has been read when it starts: it comes on standard input, which nothing here may read from.
main "$@" </dev/null
