# What is remembered across runs. The journal of a transaction, unfinished/NAME/, holds
#   new        the record of the bundle that is being applied     earlier   those of attempts that were killed
#   saved/     what was there before the first attempt            absent/   the paths where there was nothing
#   services   the state of units before the first attempt        committed green: what is left to do is to finish
# A directory is saved as an empty one: its mode and owner count.

files_and_keys='file|private-key|wireguard-key' # the directives that put something into a directory

# lines KIND[|KIND...] FILE...: what follows the keyword on these directives; files that are not there are empty.
lines() {
    local kinds="$1"
    shift
    sed -nE "s/^($kinds) //p" "$@" 2>/dev/null || :
}

# list KIND FILE...: the same in a file, whose name is printed (for loops that must not run in a pipe).
list() {
    local listed
    listed=$(mktemp "$work/list.XXXXXX")
    lines "$@" >"$listed"
    printf '%s' "$listed"
}

# list_of NAME: the same with a list of the state directory, so that a loop over it may change it; users come before their groups.
list_of() {
    local listed
    listed=$(mktemp "$work/list.XXXXXX")
    cat_existing "$state/$1" | sort -r >"$listed"
    printf '%s' "$listed"
}

# names KIND[|KIND...] FILE...: the first word of each of these directives.
names() {
    local kinds="$1"
    shift
    sed -nE "s/^($kinds) ([^ ]*).*/\2/p" "$@" 2>/dev/null || :
}

# paths FILE...: every path that the directives bring.
paths() { names "$files_and_keys|directory|state-directory" "$@"; }

# has WORD: whether standard input has this line.
has() { grep -qxF -e "$1"; }

cat_existing() {
    local each
    for each in "$@"; do
        shift
        if [ -f "$each" ]; then set -- "$@" "$each"; fi
    done
    [ $# = 0 ] || cat "$@"
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

encoded() { printf '%s' "$1" | tr / '!'; }
decoded() { printf '%s' "${1##*/}" | tr '!' /; }

# flush PATH...: to the disk.
flush() {
    local each
    for each in "$@"; do
        [ -L "$each" ] || sync "$each"
    done
}

# list_has NAME LINE, remember NAME LINE, forget NAME LINE: the lists in the state directory.
list_has() { cat_existing "$state/$1" | has "$2"; }
remember() {
    ! list_has "$1" "$2" || return 0
    cat_existing "$state/$1" >"$work/remembered"
    printf '%s\n' "$2" >>"$work/remembered"
    replace "$state/$1" <"$work/remembered"
}
forget() {
    cat_existing "$state/$1" >"$work/remembered"
    grep -vxF -e "$2" "$work/remembered" >"$work/kept" || [ $? = 1 ]
    replace "$state/$1" <"$work/kept"
}

# replace PATH: standard input becomes the content, whole or not at all. It must come from a file or a builtin: dash has no pipefail, so
# a command that fails in front of the pipe would go unnoticed.
replace() {
    cat >"$1.part"
    sync "$1.part"
    mv -f "$1.part" "$1"
    sync "${1%/*}"
}

# copy FROM TO: whole or not at all, with mode and owner; TO is in the state directory.
copy() {
    rm -rf "$work/copy"
    if [ -d "$1" ] && [ ! -L "$1" ]; then
        mkdir "$work/copy"
        chown --reference="$1" "$work/copy"
        chmod --reference="$1" "$work/copy"
    else
        cp -a "$1" "$work/copy"
    fi
    flush "$work/copy"
    mv -T "$work/copy" "$2"
}

# keep PATH: saves what is there now, unless an attempt of this transaction already did.
keep() {
    local kept
    kept=$(encoded "$1")
    if exists "$journal/saved/$kept" || exists "$journal/absent/$kept"; then return 0; fi
    if exists "$1"; then copy "$1" "$journal/saved/$kept"; else : >"$journal/absent/$kept"; fi
}

# same KEPT PATH: whether PATH still is what was kept.
same() {
    if [ -L "$1" ]; then
        [ -L "$2" ] && [ "$(readlink "$1")" = "$(readlink "$2")" ]
    else
        [ ! -L "$2" ] && [ "$(stat -c %f:%u:%g "$1")" = "$(stat -c %f:%u:%g "$2" 2>/dev/null)" ] && { [ -d "$1" ] || cmp -s "$1" "$2"; }
    fi
}

# put_back KEPT PATH: what was kept comes back.
put_back() {
    local beside
    if [ -d "$1" ] && [ ! -L "$1" ]; then
        # shellcheck disable=SC2046
        [ ! -d "$2" ] || set_owner "$2" $(stat -c '%a %u:%g' "$1")
        return
    fi
    beside=${2%/*}/$staging
    mkdir -p "$beside" &&
        cp -a "$1" "$beside/${2##*/}" &&
        flush "$beside/${2##*/}" &&
        mv -fT "$beside/${2##*/}" "$2" &&
        sync "${2%/*}/" || return
    rmdir --ignore-fail-on-non-empty "$beside"
}

# original_of PATH: where the thing is kept that stood there before us, if there was one.
original_of() {
    local kept
    kept=$(encoded "$1")
    if exists "$state/originals/$kept"; then
        printf '%s' "$state/originals/$kept"
    elif exists "$journal/saved/$kept" && ! paths "$record" | has "$1"; then
        printf '%s' "$journal/saved/$kept"
    fi
}

# is_ours PATH: whether it is there because of us. A run that was killed lists paths that it never came to.
is_ours() { paths "$record" | has "$1" || [ -e "$journal/absent/$(encoded "$1")" ]; }

# open_journal: from here on a failure is rolled back; an interrupted transaction of this bundle is continued.
open_journal() {
    if [ -d "$journal" ]; then
        recovered=yes
        cat_existing "$journal/new" "$journal/earlier" >"$work/attempts"
        sort -u -o "$work/attempts" "$work/attempts"
        replace "$journal/earlier" <"$work/attempts"
    fi
    mkdir -p "$journal/saved" "$journal/absent"
    gather
    replace "$journal/new" <"$work/new"
    open=yes
}

# close_journal: at once, for half a journal would tell lies.
close_journal() {
    rm -rf "$work/journal"
    mv -T "$journal" "$work/journal"
    sync "$state/unfinished"
}

# gather: what the previous version of the bundle lists, what the others list, and what is needed from now on.
gather() {
    others >"$work/others"
    cat_existing "$record" "$journal/earlier" >"$work/before"
    cat_existing "$work/new" "$work/others" >"$work/needed"
}

# stack_of FILE...: the stack that the bundle in these records belongs to, if they say one.
stack_of() { sed -nE 's/^bundle [^ ]+ on [^ ]+ for //p' "$@" 2>/dev/null | head -n 1; }

# others: the directives of all other bundles, applied or unfinished.
others() {
    local each
    set -- "$state"/bundles/* "$state"/unfinished/*/new "$state"/unfinished/*/earlier
    for each in "$@"; do
        shift
        case $each in
        "$record" | "$journal"/*) ;;
        *) set -- "$@" "$each" ;;
        esac
    done
    cat_existing "$@"
}

# sweep: drops what is remembered of things that no bundle lists any more.
sweep() {
    local each unit was
    cat_existing "$state"/bundles/* "$state"/unfinished/*/new "$state"/unfinished/*/earlier >"$work/all"
    paths "$work/all" >"$work/paths"
    for each in "$state"/originals/* "$state"/requests/*; do
        if exists "$each" && ! has "$(decoded "$each")" <"$work/paths"; then rm -rf "$each"; fi
    done
    if [ -f "$state/services" ]; then
        lines service "$work/all" >"$work/units"
        while read -r unit was; do
            has "$unit" <"$work/units" || forget services "$unit $was"
        done <"$(list_of services)"
    fi
}
