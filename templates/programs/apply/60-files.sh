# shellcheck shell=dash disable=SC2034,SC2154
# Directories and files: staged beside their targets, swapped by rename.

# ids OWNER:GROUP: as numbers.
ids() {
    local uid gid
    uid=$(id -u "${1%:*}" 2>/dev/null) || uid=${1%:*}
    gid=$(getent group "${1#*:}" | cut -d : -f 3)
    printf '%s:%s' "$uid" "${gid:-${1#*:}}"
}

# look_first: refuses what cannot work, before anything is made.
look_first() {
    local path owner name parent
    while read -r path _ owner _; do
        case $(ids "$owner") in *[!0-9:]*)
            for name in "${owner%:*}" "${owner#*:}"; do
                names user "$work/new" | has "$name" || getent passwd "$name" >/dev/null || getent group "$name" >/dev/null ||
                    fail "$path shall belong to $owner, but there is no $name"
            done
            ;;
        esac
        parent=${path%/*}
        [ -z "$parent" ] || [ -d "$parent" ] || names directory,state-directory "$work/new" | has "$parent" ||
            fail "$path has no directory to be in: $parent neither exists nor is it listed"
    done <"$(list file,private-key,wireguard-key,directory,state-directory "$work/new")"
    while read -r path _; do
        if exists "$path" && [ ! -L "$path" ] && [ ! -f "$path" ]; then fail "$path is there already and is no regular file"; fi
        if paths "$work/others" | has "$path"; then fail "$path belongs to another bundle: $(owner_of "$path")"; fi
    done <"$(list file,private-key,wireguard-key "$work/new")"
    while read -r path _; do
        if exists "$path" && [ ! -d "$path" ]; then fail "$path is there already and is no directory"; fi
    done <"$(list directory,state-directory "$work/new")"
}

# owner_of PATH: the other bundles that list it.
owner_of() {
    find "$state/bundles" "$state/unfinished" -type f ! -path "$record" ! -path "$journal/*" -exec grep -lE "^[a-z-]+ $1 " {} + |
        sed 's|.*/bundles/||; s|.*/unfinished/\([^/]*\)/.*|\1|' | sort -u | paste -s -d ' '
}

# make_directories: with mode and owner, parents first.
make_directories() {
    local path mode owner
    lines directory,state-directory "$work/new" | sort >"$work/directories"
    while read -r path mode owner; do
        if [ ! -d "$path" ]; then
            keep "$path"
            mkdir "$path"
            sync "$path/.."
        fi
        own "$path" "$mode" "$owner"
    done <"$work/directories"
}

# own PATH MODE OWNER: what is there gets this mode and owner; how it was is kept.
own() {
    if ! paths "$record" "$work/others" | has "$1"; then keep "$1"; fi
    [ "$(attributes "$1")" != "$2:$(ids "$3")" ] || return 0
    keep "$1"
    chown "$(ids "$3")" "$1"
    chmod "$2" "$1"
    sync "$1"
}

attributes() { stat -L -c %04a:%u:%g "$1"; }

# stage: a new version of each file that differs, beside it, with its mode and owner; $work/staged lists them.
stage() {
    local path mode owner sum beside
    clear_staged
    : >"$work/staged"
    while read -r path mode owner sum; do
        if [ -f "$path" ] && [ ! -L "$path" ] && [ "$(attributes "$path")" = "$mode:$(ids "$owner")" ] &&
            [ "$(sha256sum <"$path")" = "$sum  -" ]; then continue; fi
        beside=${path%/*}/$staging
        [ -d "$beside" ] || mkdir -m 0755 "$beside"
        cp "$work/content/$sum" "$beside/${path##*/}"
        chown "$(ids "$owner")" "$beside/${path##*/}"
        chmod "$mode" "$beside/${path##*/}"
        sync "$beside/${path##*/}"
        echo "$path" >>"$work/staged"
    done <"$(list file "$work/new")"
    # what the bundle does not list any more
    names file,private-key,wireguard-key "$work/new" >"$work/files"
    names file,private-key,wireguard-key "$work/before" | sort -u | { grep -vxF -f "$work/files" || :; } >"$work/gone"
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
        mv -fT "${path%/*}/$staging/${path##*/}" "$path"
    done <"$work/staged"
    while read -r path; do take_away "$path"; done <"$work/gone"
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
    if [ -n "$original" ]; then put_back "$original" "$1"; else rm -f "$1"; fi
}

# remove_directories OLD NEEDED: those that we made and only OLD lists: with their content if it is ours, else if they are empty.
remove_directories() {
    local kind path original
    while read -r kind path _; do
        if paths "$2" | has "$path" || [ ! -d "$path" ]; then continue; fi
        original=$(original_of "$path")
        if [ -n "$original" ]; then
            put_back "$original" "$path"
        elif [ "$kind" = state-directory ]; then
            rm -rf "$path" || trouble "$path could not be removed"
        else
            rmdir "$path" 2>/dev/null || :
        fi
    done <<END
$(cat_existing "$1" | grep -E '^(state-)?directory ' | sort -k 2,2 -r -u)
END
}
