# Directories and files: staged beside their targets, swapped by rename.

# is_owned PATH MODE OWNER:GROUP: whether it has this mode and owner, given as names or numbers.
is_owned() {
    case " $(stat -L -c '%04a:%U:%G %04a:%U:%g %04a:%u:%G %04a:%u:%g' "$1") " in *" $2:$3 "*) ;; *) false ;; esac
}

# own PATH MODE OWNER:GROUP: what is there gets this mode and owner; how it was is kept.
own() {
    has "$1" <"$work/known-paths" || keep "$1"
    if is_owned "$@"; then return 0; fi
    keep "$1"
    must "$1 could not get the owner $3 and the mode $2" set_owner "$@"
    must "$1 could not be written to the disk" sync "$1"
}

# set_owner PATH MODE OWNER:GROUP: never follows a symbolic link. A directory is entered first, so that what is changed is the directory
# that was looked at, whatever its name leads to by then.
set_owner() (
    if [ -d "$1" ]; then
        cd -P "$1" && [ "$(pwd -P)" = "$(physical "$1")" ] && chown "$3" . && chmod "$2" .
    else
        [ ! -L "$1" ] && chown -h "$3" "$1" && chmod "$2" "$1"
    fi
)

# physical PATH: where it is when the symbolic links that only root can have made are followed.
physical() {
    local rest path
    rest=${1#/} path=
    while [ -n "$rest" ]; do
        path=$path/${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
        if [ -L "$path" ]; then
            is_roots "${path%/*}/" || return 1
            path=$(readlink -f "$path") || return 1
        fi
    done
    printf '%s' "$path"
}

# is_roots DIRECTORY: whether nobody but root can make names in it.
is_roots() {
    case $(stat -c '%u %A' "$1") in 0\ d????-??-?) ;; *) false ;; esac
}

# look_first: refuses what cannot work, before anything is made.
look_first() {
    paths "$record" "$work/others" >"$work/known-paths"
    names "$files_and_keys" "$work/new" >"$work/files"
    names 'directory|state-directory' "$work/new" >"$work/directories"
    sed 's|/[^/]*$||' "$work/files" "$work/directories" | grep . | sort -u >"$work/parents"
    refuse_foreign_paths
    refuse_unknown_owners
    refuse_missing_parents
    refuse_unsafe_parents
}

# refuse_foreign_paths: what is there already as something else, or is another bundle's.
refuse_foreign_paths() {
    local path
    while read -r path; do
        if exists "$path" && [ ! -L "$path" ] && [ ! -f "$path" ]; then fail "$path is there already and is no regular file"; fi
    done <"$work/files"
    while read -r path; do
        if exists "$path" && [ ! -d "$path" ]; then fail "$path is there already and is no directory"; fi
    done <"$work/directories"
    paths "$work/others" >"$work/other-paths"
    grep -xF -f "$work/other-paths" "$work/files" >"$work/foreign" || [ $? = 1 ]
    while read -r path; do fail "$path belongs to another bundle: $(owner_of "$path")"; done <"$work/foreign"
}

# refuse_unknown_owners: users and groups that neither exist nor are made by the bundle.
refuse_unknown_owners() {
    local path owner name
    lines "$files_and_keys|directory|state-directory" "$work/new" | awk '!seen[$3]++ { print $1, $3 }' >"$work/owners"
    while read -r path owner; do
        for name in "passwd ${owner%:*}" "group ${owner#*:}"; do
            case $name in *' '*[!0-9]*)
                # shellcheck disable=SC2086
                names user "$work/new" | has "${name#* }" || getent $name >/dev/null || fail "$path shall belong to $owner, but there is no ${name#* }"
                ;;
            esac
        done
    done <"$work/owners"
}

# refuse_missing_parents: directories of paths that neither exist nor are listed.
refuse_missing_parents() {
    local parent
    while read -r parent; do
        [ -d "$parent" ] || has "$parent" <"$work/directories" ||
            fail "$(paths "$work/new" | grep -m 1 "^$parent/") has no directory to be in: $parent neither exists nor is it listed"
    done <"$work/parents"
}

# refuse_unsafe_parents: root makes no file where somebody else could put a symbolic link in its place, and follows no such link.
refuse_unsafe_parents() {
    local path directory
    sort -u "$work/parents" "$work/directories" >"$work/entered"
    while read -r directory; do
        [ ! -d "$directory" ] || physical "$directory" >/dev/null ||
            fail "$directory leads through a symbolic link that others than root can have made, to $(readlink -f "$directory"); remove the link"
    done <"$work/entered"
    # Directories that the bundle lists get the owner that it says; others are judged as they are.
    sed 's|/[^/]*$||' "$work/files" | sort -u | { grep -vxF -f "$work/directories" || [ $? = 1 ]; } >"$work/unlisted"
    while read -r directory; do
        [ ! -d "$directory" ] || is_roots "$directory/" ||
            fail "$directory would hold files of this bundle, and others than root can write to it; run: chown root $directory && chmod go-w $directory"
    done <"$work/unlisted"
    awk '
        $1 ~ /directory$/ { owner[$2] = $4; mode[$2] = $3 }
        $1 ~ /^(file|private-key|wireguard-key)$/ { parent = $2; sub("/[^/]*$", "", parent); held[parent] = $2 }
        END { for (each in held) if (each in owner && (owner[each] !~ /^(root|0):/ || mode[each] ~ /[2367].$|[2367]$/)) print held[each], each }
    ' "$work/new" >"$work/unsafe"
    while read -r path directory; do
        fail "$path is in $directory, to which this bundle lets others than root write"
    done <"$work/unsafe"
}

# owner_of PATH: the other bundles that list it.
owner_of() {
    find "$state/bundles" "$state/unfinished" -type f ! -path "$record" ! -path "$journal/*" -exec grep -lE "^[a-z-]+ $1 " {} + |
        sed 's|.*/bundles/||; s|.*/unfinished/\([^/]*\)/.*|\1|' | sort -u | paste -s -d ' '
}

# make_directories: with mode and owner, parents first.
make_directories() {
    local path mode owner
    lines 'directory|state-directory' "$work/new" | sort >"$work/to-make"
    while read -r path mode owner; do
        if [ ! -d "$path" ]; then
            keep "$path"
            must "$path could not be made" mkdir "$path"
            sync "$path/.."
        fi
        own "$path" "$mode" "$owner"
    done <"$work/to-make"
}

# stage: a new version of each file that differs, beside it, with its mode and owner; $work/staged lists them.
stage() {
    local path mode owner number beside
    clear_staged
    differing_files >"$work/differing"
    while read -r path mode owner number; do
        beside=${path%/*}/$staging
        [ -d "$beside" ] || must "$path could not be staged" mkdir -m 0755 "$beside"
        must "$path could not be staged" cp "$work/content/$number" "$beside/${path##*/}"
        must "$path could not be staged" set_owner "$beside/${path##*/}" "$mode" "$owner"
        must "$path could not be staged" sync "$beside/${path##*/}"
    done <"$work/differing"
    cut -d ' ' -f 1 "$work/differing" >"$work/staged"
    # what the bundle does not list any more
    names "$files_and_keys" "$work/before" | sort -u | { grep -vxF -f "$work/files" || :; } >"$work/gone"
    cat "$work/staged" "$work/gone" "$work/made-keys" >"$work/changed"
    if [ -n "$recovered" ]; then cat "$work/files" "$work/gone" >"$work/changed"; fi
}

# differing_files: PATH MODE OWNER:GROUP N of each file of the bundle that is not on the host as it shall be. All files are looked at by
# one stat and one sha256sum: paths have no blanks.
differing_files() {
    local path
    while read -r path _; do
        if [ -f "$path" ] && [ ! -L "$path" ]; then printf '%s\n' "$path"; fi
    done <"$work/contents" >"$work/present"
    xargs -r stat -c '%n %04a %U %u %G %g' <"$work/present" >"$work/stats"
    xargs -r sha256sum <"$work/present" | awk '{ print $2, $1 }' >"$work/sums"
    awk '
        FILENAME == ARGV[1] { mode[$1] = $2; user[$1] = ":" $3 ":" $4 ":"; group[$1] = ":" $5 ":" $6 ":"; next }
        FILENAME == ARGV[2] { sum[$1] = $2; next }
        {
            split($3, owner, ":")
            same = $1 in mode && mode[$1] == $2 && sum[$1] == $4
            same = same && index(user[$1], ":" owner[1] ":") && index(group[$1], ":" owner[2] ":")
            if (!same) print $1, $2, $3, $5
        }
    ' "$work/stats" "$work/sums" "$work/contents"
}

# clear_staged: removes what is staged, by this run or one that was killed.
clear_staged() {
    local beside
    paths "$work/new" "$work/before" | sed "s|/[^/]*\$|/$staging|" | sort -u | while read -r beside; do rm -rf "$beside"; done
}

# save: what is about to change, and what was there before us.
save() {
    local path
    while read -r path; do keep "$path"; done <"$work/changed"
    paths "$record" >"$work/recorded"
    names file "$work/new" | { grep -vxF -f "$work/recorded" || [ $? = 1 ]; } >"$work/unrecorded"
    while read -r path; do keep "$path"; done <"$work/unrecorded"
    find "$journal" -type f -exec sync {} +
    sync "$journal/saved" "$journal/absent"
}

# swap: everything staged becomes live, everything gone goes.
swap() {
    local path
    while read -r path; do
        must "$path could not be replaced" mv -fT "${path%/*}/$staging/${path##*/}" "$path"
    done <"$work/staged"
    while read -r path; do must "$path could not be removed" take_away "$path"; done <"$work/gone"
    clear_staged
    flush_directories "$work/staged" "$work/gone"
}

# flush_directories FILE...: those of the paths in the files.
flush_directories() {
    local directory
    sed 's|/[^/]*$|/|' "$@" | sort -u | while read -r directory; do
        [ ! -d "$directory" ] || sync "$directory"
    done
}

# take_away PATH: a file of ours goes; what was there before us comes back.
take_away() {
    local original
    original=$(original_of "$1")
    if [ -n "$original" ]; then
        put_back "$original" "$1"
    elif is_ours "$1"; then
        rm -f "$1"
    fi
}

# remove_directories OLD NEEDED: those that we made and only OLD lists: with their content if it is ours, else if they are empty.
remove_directories() {
    local kind path original
    while read -r kind path _; do
        if paths "$2" | has "$path" || [ ! -d "$path" ]; then continue; fi
        original=$(original_of "$path")
        if [ -n "$original" ]; then
            put_back "$original" "$path"
        elif ! is_ours "$path"; then
            continue
        elif [ "$kind" = state-directory ]; then
            rm -rf "$path" || trouble "$path could not be removed"
        else
            rmdir "$path" 2>/dev/null || :
        fi
    done <<END
$(cat_existing "$1" | grep -E '^(state-)?directory ' | sort -k 2,2 -r -u)
END
}
