# shellcheck shell=dash disable=SC2034,SC2154
# Directories and files: staged beside their targets, swapped by rename.

# is_owned PATH MODE OWNER:GROUP: whether it has this mode and owner, given as names or numbers.
is_owned() {
    case " $(stat -L -c '%04a:%U:%G %04a:%U:%g %04a:%u:%G %04a:%u:%g' "$1") " in *" $2:$3 "*) ;; *) false ;; esac
}

# own PATH MODE OWNER:GROUP: what is there gets this mode and owner; how it was is kept.
own() {
    if ! paths "$record" "$work/others" | has "$1"; then keep "$1"; fi
    if is_owned "$@"; then return 0; fi
    keep "$1"
    chown "$3" "$1"
    chmod "$2" "$1"
    sync "$1"
}

# look_first: refuses what cannot work, before anything is made.
look_first() {
    local path owner name parent
    while read -r path _ owner _; do
        for name in "passwd ${owner%:*}" "group ${owner#*:}"; do
            case $name in *' '*[!0-9]*)
                # shellcheck disable=SC2086
                names user "$work/new" | has "${name#* }" || getent $name >/dev/null || fail "$path shall belong to $owner, but there is no ${name#* }"
                ;;
            esac
        done
        parent=${path%/*}
        [ -z "$parent" ] || [ -d "$parent" ] || names 'directory|state-directory' "$work/new" | has "$parent" ||
            fail "$path has no directory to be in: $parent neither exists nor is it listed"
    done <"$(list "$files_and_keys|directory|state-directory" "$work/new")"
    while read -r path _; do
        if exists "$path" && [ ! -L "$path" ] && [ ! -f "$path" ]; then fail "$path is there already and is no regular file"; fi
        if paths "$work/others" | has "$path"; then fail "$path belongs to another bundle: $(owner_of "$path")"; fi
    done <"$(list "$files_and_keys" "$work/new")"
    while read -r path _; do
        if exists "$path" && [ ! -d "$path" ]; then fail "$path is there already and is no directory"; fi
    done <"$(list 'directory|state-directory' "$work/new")"
}

# owner_of PATH: the other bundles that list it.
owner_of() {
    find "$state/bundles" "$state/unfinished" -type f ! -path "$record" ! -path "$journal/*" -exec grep -lE "^[a-z-]+ $1 " {} + |
        sed 's|.*/bundles/||; s|.*/unfinished/\([^/]*\)/.*|\1|' | sort -u | paste -s -d ' '
}

# make_directories: with mode and owner, parents first.
make_directories() {
    local path mode owner
    lines 'directory|state-directory' "$work/new" | sort >"$work/directories"
    while read -r path mode owner; do
        if [ ! -d "$path" ]; then
            keep "$path"
            must "$path could not be made" mkdir "$path"
            sync "$path/.."
        fi
        own "$path" "$mode" "$owner"
    done <"$work/directories"
}

# stage: a new version of each file that differs, beside it, with its mode and owner; $work/staged lists them.
stage() {
    local path mode owner sum beside
    clear_staged
    : >"$work/staged"
    while read -r path mode owner sum; do
        if [ -f "$path" ] && [ ! -L "$path" ] && is_owned "$path" "$mode" "$owner" &&
            [ "$(sha256sum <"$path")" = "$sum  -" ]; then continue; fi
        beside=${path%/*}/$staging
        [ -d "$beside" ] || must "$path could not be staged" mkdir -m 0755 "$beside"
        must "$path could not be staged" cp "$work/content/$sum" "$beside/${path##*/}"
        chown "$owner" "$beside/${path##*/}"
        chmod "$mode" "$beside/${path##*/}"
        sync "$beside/${path##*/}"
        echo "$path" >>"$work/staged"
    done <"$(list file "$work/new")"
    # what the bundle does not list any more
    names "$files_and_keys" "$work/new" >"$work/files"
    names "$files_and_keys" "$work/before" | sort -u | { grep -vxF -f "$work/files" || :; } >"$work/gone"
    cat "$work/staged" "$work/gone" "$work/made-keys" >"$work/changed"
    if [ -n "$recovered" ]; then cat "$work/files" "$work/gone" >"$work/changed"; fi
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
    while read -r path _; do
        paths "$record" | has "$path" || keep "$path"
    done <"$(list file "$work/new")"
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
