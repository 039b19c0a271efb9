# The version of what is kept in the state directory. It is raised by each change after which an older program would misread it.
#   (no file)  before the version was written: records without "for LABEL"
#   1          the first line of a record is "bundle NAME on HOST for LABEL" where the bundle has an owner

format=1

# check_format: what an older version of this program wrote is migrated; what a newer one wrote is refused.
check_format() {
    local found
    found=$(cat_existing "$state/format")
    case $found in
    "$format") ;;
    # Records without an owner stay as they are: the next stack that applies such a bundle becomes its owner.
    '') printf '%s\n' "$format" | replace "$state/format" ;;
    *[!0-9]*) fail "$state/format contains \"$found\", which is no version number" ;;
    *) fail "$state has the format $found, and this program knows $format: the host was deployed by a newer version of ha-monitoring, use that version" ;;
    esac
}
