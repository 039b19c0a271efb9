# Reads a bundle: standard input -> $work/new (its record) and $work/content/SHA256 (what its files contain).

# The grammar: one extended regular expression a line, and beside it what an error shows.
grammar() {
    local name part path ours id unit shell program_name san attributes word owner
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
    word='[A-Za-z0-9][A-Za-z0-9._-]*'
    owner='[A-Za-z0-9._-]+/[A-Za-z0-9._-]+'
    cat <<END
bundle $name on $word( for $owner)?	bundle NAME on HOST [for STACK]
command $program_name( [a-z0-9][a-z0-9+.-]+)+	command CMD PACKAGE...
in-use $program_name $shell	in-use CMD SHELL
unless $program_name $shell	unless CMD SHELL
user [a-z_][a-z0-9_-]{0,31}	user NAME
directory $path $attributes	directory PATH MODE OWNER:GROUP
state-directory $ours $attributes	state-directory PATH MODE OWNER:GROUP, with ha-monitoring in PATH
private-key $path $attributes	private-key PATH MODE OWNER:GROUP
wireguard-key $path $attributes	wireguard-key PATH MODE OWNER:GROUP
certificate-request $path $word $san(,$san)*	certificate-request KEYPATH NAME SAN[,SAN...]
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
    local line
    grep -an '^[^#|]' "$work/bundle" >"$work/lines"
    set_bundle "$(sed -nE '1s/^[0-9]+:bundle ([a-z][a-z0-9-]*) on ([A-Za-z0-9._-]+)( for ([A-Za-z0-9._/-]+))?$/\1 \2 \4/p' "$work/lines")"
    malformed >"$work/malformed"
    if [ -s "$work/malformed" ]; then
        while IFS= read -r line; do say "$line"; done <"$work/malformed"
        fail "the bundle is malformed; nothing was changed"
    fi
    split_contents
    note_secrets
}

# split_contents: $work/bundle -> $work/contents, and $work/new, in which each file has the checksum of its content behind it.
split_contents() {
    mkdir -p "$work/content"
    # Directives go to standard output, the content of the n-th file to content/N: the lines with | up to the next directive.
    awk -v directory="$work/content" '
        /^#/ || $0 == "" { next }
        /^\|/ { print substr($0, 2) >content; next }
        $0 == "end" { next }
        { print }
        content != "" { close(content); content = "" }
        /^file / { content = directory "/" ++files; printf "" >content }
    ' "$work/bundle" >"$work/directives"
    lines file "$work/directives" | awk '{ print $0, NR }' >"$work/listed"
    (cd "$work/content" && cut -d ' ' -f 4 "$work/listed" | xargs -r sha256sum) >"$work/sums"
    awk 'FILENAME == ARGV[1] { sum[$2] = $1; next } { print $1, $2, $3, sum[$4], $4 }' "$work/sums" "$work/listed" >"$work/contents"
    awk '
        FILENAME == ARGV[1] { sum[$1] = $4; next }
        $1 == "file" { print $0, sum[$2]; next }
        { print }
    ' "$work/contents" "$work/directives" >"$work/new"
}

# set_bundle "NAME HOST [STACK]": from here on errors name the bundle.
set_bundle() {
    [ -n "$1" ] || fail "the first line of a bundle is 'bundle NAME on HOST [for STACK]'; nothing was changed"
    use_bundle "${1%% *}"
    set -- "${1#* }"
    who="ha-monitoring: ${1%% *}: bundle $bundle:"
    stack=${1#* }
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

# note_secrets: collects what errors must not quote, from the files of the bundle that not everybody may read, as they are now and as they
# will be. Only texts of 8 characters or more count: shorter ones are in every other line.
#   secrets   a line of output that contains one of these is left out: lines of all such files, and words of those that only their owner reads
#   words     these are hidden where they stand: words of all such files, but for names of settings and for what the bundle's directives say
note_secrets() {
    local path mode number
    : >"$work/secret-lines"
    : >"$work/secret-words"
    while read -r path mode _; do
        note_file "$mode" "$path"
    done <"$(list file "$record" "$journal/new" "$journal/earlier")"
    if [ -f "$work/contents" ]; then
        while read -r path mode _ _ number; do
            note_file "$mode" "$work/content/$number"
        done <"$work/contents"
    fi
    long_texts <"$work/secret-lines" >"$work/secrets"
    long_texts <"$work/secret-words" | unless_public | longest_first >"$work/words"
    rm -f "$work/secret-lines" "$work/secret-words"
}

# note_file MODE FILE: a word is what stands between blanks, quotes and the like, and each part of it between slashes and the like.
note_file() {
    case $1 in *[4-7]) return 0 ;; esac
    [ -f "$2" ] || return 0
    sed 's/^[[:blank:]]*//; s/[[:blank:]]*$//' "$2" >>"$work/secret-lines"
    case $1 in
    *00) cat "$2" ;;
    # The name of a setting, up to its colon, is no value.
    *) sed -E 's/^[[:blank:]]*(-[[:blank:]]+)*[A-Za-z_][A-Za-z0-9_.-]*:([[:blank:]]|$)/ /' "$2" ;;
    esac | tr -s '[:space:]"=:,;'"'" '\n' >"$work/file-words"
    case $1 in *00) cat "$work/file-words" >>"$work/secret-lines" ;; esac
    cat "$work/file-words" >>"$work/secret-words"
    tr -s '/?&@#%+(){}<>|\\[]' '\n' <"$work/file-words" >>"$work/secret-words"
    rm -f "$work/file-words"
}

long_texts() { { grep -aE '.{8}' || :; } | sort -u; }

longest_first() { awk '{ print length($0), $0 }' | sort -rn | cut -d ' ' -f 2-; }

# unless_public: standard input without the words that the directives contain, which a preview shows.
unless_public() {
    awk -v file="$work/new" '
        BEGIN { while ((getline line <file) > 0) public = public "\n" line }
        !index(public, $0)
    '
}
