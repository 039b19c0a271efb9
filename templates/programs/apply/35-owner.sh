# A bundle belongs to the stack that applied it: no other stack changes or removes it.

# refuse_other_stack: $stack is the one that asks.
refuse_other_stack() {
    local owner
    owner=$(stack_of "$record" "$journal/new" "$journal/earlier")
    [ -z "$owner" ] || [ "$owner" = "$stack" ] ||
        fail "it belongs to the stack $owner, and ${stack:-a bundle without a stack} may not change it; nothing was changed; $(transfer_hint "$owner")"
}

transfer_hint() {
    printf '%s' "to hand everything of $1 on this host over, run there as root: $program transfer $1 ${stack:-NEW-STACK}"
}

# transfer STACK NEW-STACK: every bundle of STACK belongs to NEW-STACK from now on.
transfer() {
    local each
    begin
    for each in "$1" "$2"; do
        printf '%s\n' "$each" | grep -qxE '[A-Za-z0-9._-]+/[A-Za-z0-9._-]+' || fail "'$each' is not the name of a stack: PROJECT/STACK"
    done
    for each in "$state"/bundles/* "$state"/unfinished/*/new "$state"/unfinished/*/earlier; do
        [ -f "$each" ] || continue
        awk -v old="$1" -v new="$2" '$1 == "bundle" && $5 == "for" && $6 == old { $6 = new } { print }' "$each" >"$work/transferred"
        cmp -s "$work/transferred" "$each" || replace "$each" <"$work/transferred"
    done
}
