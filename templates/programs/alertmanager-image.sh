#!/bin/sh
# alertmanager-image pull STATE IMAGE
# alertmanager-image build STATE IMAGE BASE_IMAGE ALERTMANAGER_IMAGE DIRECTORY
# alertmanager-image expect STATE IMAGE
# alertmanager-image forget STATE
# Sees that an image is on the machine: pulled, built from a directory, or put there by somebody else. The directory STATE remembers
# which images were not there before: those that are not wanted any more are removed, unless a container still uses them (then the
# next call does it).
set -eu

what=$1
list=$2/images

present() {
    docker image inspect "$1" >/dev/null 2>&1
}

# note IMAGE...: those that are not there yet are ours from now on.
note() {
    for image in "$@"; do
        present "$image" || grep -qsxF -e "$image" "$list" || echo "$image" >>"$list"
    done
}

# tidy IMAGE...: keeps these, removes what else is ours.
tidy() {
    [ -f "$list" ] || return 0
    while read -r image; do
        case " $* " in
            *" $image "*) echo "$image" ;;
            *) docker image rm "$image" >/dev/null 2>&1 || ! present "$image" || echo "$image" ;;
        esac
    done <"$list" >"$list.new"
    mv "$list.new" "$list"
}

case $what in
    pull)
        note "$3"
        # What is there is not asked for again: putting a previous version back must not need the registry.
        present "$3" || docker pull --quiet "$3" >/dev/null
        tidy "$3"
        ;;
    build)
        note "$3" "$4" "$5"
        present "$3" || docker build --quiet --tag "$3" --build-arg "BASE_IMAGE=$4" --build-arg "ALERTMANAGER_IMAGE=$5" "$6" >/dev/null
        tidy "$3" "$4" "$5"
        ;;
    expect)
        present "$3" || {
            echo "the image $3 is not on this machine: put it there with docker load, or have it pulled or built" >&2
            exit 1
        }
        tidy "$3"
        ;;
    forget) tidy ;;
    *)
        echo "$what is not pull, build, expect or forget" >&2
        exit 2
        ;;
esac
