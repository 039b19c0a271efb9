main() {
    case $#:${1-} in
    1:apply) apply ;;
    2:remove) remove "$2" ;;
    3:remove) remove "$2" "$3" ;;
    4:remove) remove "$2" "$3" "$4" ;;
    3:transfer) transfer "$2" "$3" ;;
    2:install) install "$2" ;;
    1:uninstall) uninstall ;;
    2:uninstall) uninstall "$2" ;;
    3:uninstall) uninstall "$2" "$3" ;;
    2:note-packages) note_packages "$2" ;; # for apt
    1:preflight) preflight ;;
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
    echo "usage: apply apply <BUNDLE | apply remove NAME [HOST [STACK]] | apply transfer STACK NEW-STACK | apply install FILE |" \
        "apply uninstall [HOST [STACK]] | apply preflight <REQUIREMENTS | apply parse <BUNDLE" >&2
    exit 2
}

main "$@"
