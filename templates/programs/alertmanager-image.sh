#!/bin/sh
# alertmanager-image pull STATE IMAGE
# alertmanager-image build STATE IMAGE BASE_IMAGE ALERTMANAGER_IMAGE DIRECTORY
# alertmanager-image build-release STATE IMAGE BASE_IMAGE RELEASE DIRECTORY
# alertmanager-image build-package STATE IMAGE BASE_IMAGE DIRECTORY
# alertmanager-image expect STATE IMAGE
# alertmanager-image forget STATE
# Sees that an image is on the machine: pulled, built from the Dockerfile in DIRECTORY, or put there by somebody else. What is built gets
# its Alertmanager from an image laid out like upstream's, from the directory RELEASE of an unpacked release, or from the distribution's
# package. The directory STATE remembers which images were not there before: those that are not wanted any more are removed, unless a
# container still uses them (then the next call does it).
set -eu
export LC_ALL=C

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

# build IMAGE BASE_IMAGE ALERTMANAGER_IMAGE DIRECTORY
build() {
    docker build --quiet --tag "$1" --build-arg "BASE_IMAGE=$2" --build-arg "ALERTMANAGER_IMAGE=$3" "$4" >/dev/null
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
        present "$3" || build "$3" "$4" "$5" "$6"
        tidy "$3" "$4" "$5"
        ;;
    build-release)
        note "$3" "$4" "$3-release"
        present "$3" || {
            tar -C "$5" -c --transform 's,^,bin/,' alertmanager amtool | docker import - "$3-release" >/dev/null
            build "$3" "$4" "$3-release" "$6"
        }
        # What was imported is in the image now.
        tidy "$3" "$4"
        ;;
    build-package)
        note "$3" "$4" "$3-package"
        present "$3" || {
            docker build --quiet --tag "$3-package" --build-arg "BASE_IMAGE=$4" --file "$5/Dockerfile.package" "$5" >/dev/null
            build "$3" "$3-package" "$3-package" "$5"
        }
        tidy "$3" "$4" "$3-package"
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
        echo "$what is not pull, build, build-release, build-package, expect or forget" >&2
        exit 2
        ;;
esac
