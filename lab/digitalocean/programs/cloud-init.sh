#!/bin/sh
# cloud-init of a simulated droplet: does at boot what its user data asks for, and tells how far it is as the real one does.
# The user data was read before; what it says lies in the seed:
#   hostname  authorized_keys  user-data  runcmd  delete-keys
#   host-key.KIND[.pub]        the host's own SSH key
#   files, file.N              "permissions owner path" in line N+1 of files, and the content
#   errors, warnings           what was wrong with it
#   delay                      seconds by which the run takes longer
#
#   cloud-init init            before sshd starts
#   cloud-init final           when the host is up
#   cloud-init status [--wait] [--long]
set -u

seed=/var/lib/cloud/seed/lab
instance=/var/lib/cloud/instance
run=/run/cloud-init
output=/var/log/cloud-init-output.log

set_status() {
  printf '%s\n' "$1" >"$run/status.new" && mv "$run/status.new" "$run/status"
}

fail() {
  printf '%s\n' "$1" >>"$run/errors"
}

write_file() {
  mkdir -p "$(dirname "$4")" || return
  (umask 077 && cp "$1" "$4") && chown "$3" "$4" && chmod "$2" "$4"
}

write_files() {
  number=0
  while read -r permissions owner path; do
    problem=$(write_file "$seed/file.$number" "$permissions" "$owner" "$path" 2>&1) ||
      fail "write_files: $path: $problem"
    number=$((number + 1))
  done <"$seed/files"
}

# Runs before sshd, so that nobody is ever shown another key than the one that was handed over.
install_keys() {
  if [ -e "$seed/delete-keys" ]; then rm -f /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub; fi
  given=
  for kind in ecdsa ed25519; do
    [ -e "$seed/host-key.$kind" ] || continue
    write_file "$seed/host-key.$kind" 0600 root:root "/etc/ssh/ssh_host_${kind}_key"
    write_file "$seed/host-key.$kind.pub" 0644 root:root "/etc/ssh/ssh_host_${kind}_key.pub"
    given=yes
  done
  [ -n "$given" ] || ssh-keygen -A >/dev/null
  mkdir -p /root/.ssh
  chmod 0700 /root/.ssh
  write_file "$seed/authorized_keys" 0600 root:root /root/.ssh/authorized_keys
}

init() {
  mkdir -p "$run" "$instance"
  hostname -F "$seed/hostname"
  if [ -e "$instance/boot-finished" ]; then
    set_status "done"
    return
  fi
  set_status running
  chmod 0700 /var/lib/cloud/seed
  write_file "$seed/user-data" 0600 root:root "$instance/user-data.txt"
  cat "$seed/errors" >"$run/errors"
  cat "$seed/warnings" >"$run/warnings"
  write_files
  install_keys
}

final() {
  if [ "$(cat "$run/status")" != running ]; then return; fi
  sleep "$(cat "$seed/delay")"
  if [ -e "$seed/runcmd" ]; then
    sh "$seed/runcmd" >>"$output" 2>&1 </dev/null ||
      fail "runcmd: its last command ended with status $?; $output has what was printed"
  fi
  if [ -s "$run/errors" ]; then set_status error; else set_status "done"; fi
  touch "$instance/boot-finished"
}

read_status() {
  cat "$run/status" 2>/dev/null || echo "not started"
}

list() {
  if [ ! -s "$1" ]; then return; fi
  sed 's/^/\t- /' "$1"
}

status() {
  wait=no
  long=no
  for option; do
    case $option in
      --wait | -w) wait=yes ;;
      --long | -l) long=yes ;;
      *)
        echo "cloud-init: status has no option $option in the lab; there are --wait and --long" >&2
        exit 64
        ;;
    esac
  done
  if [ $wait = yes ]; then
    dots=no
    until state=$(read_status) && [ "$state" = "done" ] || [ "$state" = error ]; do
      printf .
      dots=yes
      sleep 0.25
    done
    if [ $dots = yes ]; then echo; fi
  fi
  state=$(read_status)
  echo "status: $state"
  if [ $long = yes ]; then
    echo "errors:"
    list "$run/errors"
    echo "recoverable_errors:"
    list "$run/warnings"
  fi
  if [ "$state" = error ]; then exit 1; fi
  if [ -s "$run/warnings" ]; then exit 2; fi
}

command=${1:-}
if [ $# -gt 0 ]; then shift; fi
case $command in
  init) init ;;
  final) final ;;
  status) status "$@" ;;
  *)
    echo "usage: cloud-init status [--wait] [--long]" >&2
    exit 64
    ;;
esac
