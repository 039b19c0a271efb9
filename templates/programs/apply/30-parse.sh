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
