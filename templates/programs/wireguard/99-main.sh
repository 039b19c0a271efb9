interface=${2-}
configuration=$directory/$interface.conf
case $#:${1-} in
2:up | 2:close | 2:watch | 2:status) "$1" ;;
1:down | 1:remove) "$1" ;;
*:check)
    configuration=$3
    shift 3
    check "$@"
    ;;
*)
    echo "usage: wireguard up|close|watch|status INTERFACE | wireguard down|remove | wireguard check INTERFACE CONFIGURATION NETWORK..." >&2
    exit 2
    ;;
esac
