# The SHELL lines of a bundle, and what errors tell of their output.

# run_shell SECONDS SHELL: by a shell of its own, not from here to eternity; its output is in $work/output.
run_shell() {
    cat >"$work/shell" <<END
umask 022
staged() {
    if [ -e "\${1%/*}/$staging/\${1##*/}" ]; then printf %s "\${1%/*}/$staging/\${1##*/}"; else printf %s "\$1"; fi
}
$2
END
    result=0
    # What it starts must not hold our lock, but as long as it runs the lock is held: hence the subshell.
    (
        cd /
        env --default-signal=PIPE timeout -k 5 "$1" sh "$work/shell" >"$work/output" 2>&1 </dev/null 3>&- 9>&- || exit $?
    ) || result=$?
    return "$result"
}

# outcome: what became of the last run_shell.
outcome() {
    case $result in
    124 | 137) printf 'did not end in time' ;;
    *) printf 'failed with status %s' "$result" ;;
    esac
    [ ! -s "$work/output" ] || printf ': %s' "$(one_line <"$work/output")"
}

# one_line: standard input as one line for an error, without what files say that not everybody may read: see note_secrets.
one_line() {
    local said
    touch "$work/secrets" "$work/words"
    said=$(tr '\r\t' '  ' | tr -d '\000-\011\013-\037\177' | grep -av '^ *$' | grep -avF -f "$work/secrets" |
        sed ':join; $!{N; b join}; s/\n/ | /g' | hide_words | cut -c 1-1000)
    printf '%s' "${said:-it said nothing that may be shown}"
}

# hide_words: the line on standard input, cut to what is worth searching, with (hidden) in the place of each of the words, and of each text
# before three dots that stands in a file: readers of YAML quote a value of another type than theirs by its first letters.
hide_words() {
    awk -v file="$work/words" -v secrets="$work/secrets" '
        function is_secret(text, line) {
            for (line in lines) if (index(line, text)) return 1
            return 0
        }
        function hide_beginnings(said, done, text, quote) {
            done = ""
            while (match(said, /`[^`]*\.\.\.`|[^ `]+\.\.\./)) {
                text = substr(said, RSTART, RLENGTH)
                done = done substr(said, 1, RSTART - 1)
                said = substr(said, RSTART + RLENGTH)
                quote = substr(text, 1, 1) == "`" ? "`" : ""
                gsub(/^`|\.\.\.`?$/, "", text)
                done = done quote (is_secret(text) ? "(hidden)" : text) "..." quote
            }
            return done said
        }
        BEGIN { while ((getline word <secrets) > 0) lines[word] = 1 }
        {
            said = $0
            if (length(said) > 8000) { said = substr(said, 1, 8000); sub(/[^ ]*$/, "", said) }
            while ((getline word <file) > 0) {
                done = ""
                while ((at = index(said, word)) > 0) {
                    done = done substr(said, 1, at - 1) "(hidden)"
                    said = substr(said, at + length(word))
                }
                said = done said
            }
            print hide_beginnings(said)
        }
    '
}

# short TEXT: enough of it to recognise it.
short() { printf '%s' "$1" | cut -c 1-80; }

# check_staged: the bundle's own checks, before anything live changes.
check_staged() {
    local shell
    while IFS= read -r shell; do
        run_shell 900 "$shell" || fail "check ($(short "$shell")) $(outcome)"
    done <"$(list check "$work/new")"
}

# run_on_change RECORD
run_on_change() {
    local shell
    [ -s "$work/changed" ] || return 0
    while IFS= read -r shell; do
        run_shell 900 "$shell" || fail "on-change ($(short "$shell")) $(outcome)"
    done <"$(list on-change "$1")"
}

# run_cleanup RECORD...: each line once; failures are told and stop nothing.
run_cleanup() {
    local shell
    : >"$work/cleaned"
    while IFS= read -r shell; do
        ! has "$shell" <"$work/cleaned" || continue
        printf '%s\n' "$shell" >>"$work/cleaned"
        run_shell 900 "$shell" || say "cleanup ($(short "$shell")) $(outcome)"
    done <"$(list cleanup "$@")"
}

# probe: until each is green, or its time is over; one attempt gets 10 seconds at most.
probe() {
    local seconds shell deadline left
    while read -r seconds shell; do
        deadline=$(($(uptime_seconds) + seconds))
        while :; do
            left=$((deadline - $(uptime_seconds)))
            [ "$left" -gt 0 ] || fail "probe ($(short "$shell")) was not green within $seconds s: it $(outcome)"
            if run_shell "$((left < 10 ? left : 10))" "$shell"; then break; fi
            sleep 1
        done
    done <"$(list probe "$work/new")"
}

# uptime_seconds: a clock that nobody sets.
uptime_seconds() { cut -d . -f 1 /proc/uptime; }
