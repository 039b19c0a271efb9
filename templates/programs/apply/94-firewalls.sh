# Whether firewalls of others let in what a stack needs: a packet comes in only if no base chain drops it, whatever ours says.

# check_firewalls REQUIREMENTS: a finding for each chain that drops some of what the lines "open" are about.
check_firewalls() {
    local needs
    needs=$(printf '%s\n' "$1" | sed -n 's/^open //p')
    [ -n "$needs" ] || return 0
    if ! command -v nft >/dev/null && systemctl is-active --quiet firewalld; then
        echo "firewalld runs, and its rules cannot be read without the program nft; install the package nftables, or set trustForeignFirewall"
    fi
    {
        nft_rules
        xtables_rules iptables ip
        xtables_rules ip6tables ip6
        xtables_rules iptables-legacy ip
        xtables_rules ip6tables-legacy ip6
    } | accepted_needs "$needs" | closed_chains "$needs" | closed_findings
}

# nft_rules: "FAMILY TABLE CHAIN RULE" for each rule and each declaration of a base chain in the tables of others. A rule that names a set or
# a map of ports or interfaces has its elements instead.
nft_rules() {
    command -v nft >/dev/null || return 0
    nft --stateless list ruleset 2>/dev/null | awk '
        function expanded(rule,   done, name) {
            while (match(rule, / @[^ ,]+/)) {
                name = family " " table " " substr(rule, RSTART + 2, RLENGTH - 2)
                done = done substr(rule, 1, RSTART) (name in elements ? "{" elements[name] " }" : substr(rule, RSTART + 1, RLENGTH - 1))
                rule = substr(rule, RSTART + RLENGTH)
            }
            return done rule
        }
        # Names and comments may have any character between the quotes.
        { gsub(/ comment "[^"]*"/, "") }
        is_listing || (is_read && /^[ \t]*elements = [{]/) {
            sub(/^[ \t]*(elements = [{])?[ \t]*/, "")
            is_listing = !sub(/ *[}]$/, "")
            elements[set] = elements[set] " " $0
            next
        }
        $1 == "table" { family = $2; table = $3; chain = ""; next }
        $1 == "chain" { chain = $2; next }
        chain == "" && ($1 == "set" || $1 == "map") { set = family " " table " " $2; next }
        chain == "" && ($1 == "type" || $1 == "typeof") { is_read = /inet_service|ifname|dport|iif/; next }
        $1 == "}" { chain = ""; is_read = 0; next }
        chain == "" || family !~ /^(ip|ip6|inet)$/ || table ~ /^ha_monitoring/ { next }
        { $1 = $1; print family, table, chain, expanded($0) }
    '
}

# xtables_rules COMMAND FAMILY: the same for iptables, in the notation of nft; sets of ipset have their elements in the place of their names.
xtables_rules() {
    command -v "$1-save" >/dev/null || return 0
    {
        if command -v ipset >/dev/null; then ipset save 2>/dev/null; fi
        "$1-save" 2>/dev/null
    } | awk -v family="$2" '
        # in_set NAME DIRECTIONS: a rule that names a set of ports, of addresses with ports, or of other things by the source.
        function in_set(name, directions, protocol, negation) {
            if (kinds[name] == "port" && directions == "dst") return " " (protocol == "" ? "th" : protocol) " dport " negation "{" elements[name] " }"
            if (kinds[name] ~ /^(ip|net),port$/ && directions == "src,dst" && negation == "") return " " family " saddr . meta l4proto . th dport {" elements[name] " }"
            return directions ~ /^src/ ? " " negation family " saddr @" name : " " negation "@" name
        }
        $1 == "create" { kinds[$2] = substr($3, index($3, ":") + 1); next }
        $1 == "add" {
            split($3, part, ",")
            # An address and, for example, tcp:22.
            if (sub(/:/, " . ", part[2])) $3 = part[1] " . " part[2]
            elements[$2] = elements[$2] (elements[$2] == "" ? " " : ", ") $3
            next
        }
        /^\*/ { table = substr($1, 2); split("", is_chain) }
        /^:[^ ]+ - / { is_chain[substr($1, 2)] = 1 }
        table != "filter" { next }
        /^:INPUT / { print family, table, "INPUT type filter hook input policy", tolower($2) ";" }
        $1 != "-A" { next }
        {
            gsub(/--comment ("[^"]*"|[^ ]+)/, "")
            text = protocol = negation = ""
            for (i = 3; i <= NF; i++) {
                if ($i == "!") { negation = "!= "; continue }
                if ($i == "-p" && negation == "") protocol = $(++i)
                else if ($i == "-i") text = text " iifname " negation "\"" $(++i) "\""
                else if ($i == "-s") text = text " " family " saddr " negation $(++i)
                else if ($i == "--match-set") { text = text in_set($(i + 1), $(i + 2), protocol, negation); i += 2 }
                else if ($i ~ /^--dports?$/) {
                    ports = $(++i)
                    gsub(/:/, "-", ports)
                    gsub(/,/, ", ", ports)
                    text = text " " protocol " dport " negation "{ " ports " }"
                }
                else if ($i == "-j" || $i == "-g") { i++; text = text " " ($i in is_chain ? "jump " $i : tolower($i)) }
                else if ($i != "-m") text = text " " negation $i
                negation = ""
            }
            if (protocol != "" && text !~ / dport /) text = " l4proto " protocol text
            print family, table, $2 text
        }
    '
}

# accepted_needs NEEDS: the same rules, each behind lines "lets FAMILY TABLE CHAIN NUMBER VERDICT" for what of NEEDS it matches, where VERDICT
# is accept or the chain that goes on. NEEDS has lines "FAMILY PROTOCOL PORT INTERFACE", where the interface is - for all.
accepted_needs() {
    needs=$1 awk "$(awk_of_ports)"'
        # Whether what comes in by this interface matches.
        function is_on(rule, interface,   names, count, i, is_listed) {
            if (interface == "-" || !match(rule, / iif(name)? (vmap |!= )?([{][^}]*[}]|"[^"]*")/)) return 0
            names = substr(rule, RSTART, RLENGTH)
            count = split(names, name, "\"")
            for (i = 2; i <= count; i += 2)
                if (name[i] == interface || (sub(/\*$/, "", name[i]) && index(interface, name[i]) == 1)) is_listed = 1
            return names ~ / != / ? !is_listed : is_listed
        }
        # Whether all of a protocol comes in, or all of some addresses, which are taken for those of the stack.
        function is_open(rule, family, protocol) {
            if (rule ~ (" " family " saddr ") && rule !~ / saddr (127\.|::1[ \/]|fe80:)| daddr /) return 1
            return sub(/ (meta )?(l4proto|ip protocol|ip6 nexthdr) ([{][^}]*[}]|[^ ]+)/, "", rule) && rule ~ /^( counter)* [^ ]+( [^ ]+)?$/
        }
        function verdict(rule, family, protocol, port, interface,   on, to) {
            on = is_on(rule, interface)
            if (rule ~ / iif(name)? [^.]/ && rule !~ / [.] iif/ && !on && (interface != "-" || rule ~ /"lo"/)) return ""
            # A zone of firewalld that lets everything in.
            if (on && rule ~ / (jump|goto) [^ ]*trusted/) return "accept"
            if (rule ~ / dport /) return rule ~ (" (" protocol "|th) dport ") ? port_verdict(rule, protocol, port, interface) : ""
            if (on && rule ~ / vmap /) return element_verdict(rule, interface)
            to = end_of(rule)
            if (to == "" || rule ~ /sport|state|icmp(v6)? (type|code)|[^"!]! /) return ""
            if (rule ~ /(l4proto|protocol|nexthdr) / && rule !~ ("(l4proto|protocol|nexthdr) ([{] ([^}]*, )?)?" protocol "[ ,]")) return ""
            return on || is_open(rule, family, protocol) ? to : ""
        }
        BEGIN { needed = split(ENVIRON["needs"], need, "\n") }
        {
            rule = $0
            sub(/^[^ ]+ [^ ]+ [^ ]+/, "", rule)
            for (i = 1; i <= needed; i++) {
                split(need[i], of, " ")
                to = verdict(rule, of[1], of[2], of[3] + 0, of[4])
                if (to != "") print "lets", $1, $2, $3, i, to
            }
            print
        }
    '
}

# awk_of_ports: functions of awk that read the part of a rule behind dport, which is a port, a range, or a list of these in braces. Each element
# can be a concatenation, such as 192.0.2.1 . 22, and in a verdict map it has its own verdict behind a colon.
awk_of_ports() {
    cat <<'END'
        function end_of(rule) {
            if (rule ~ / accept$/) return "accept"
            return rule ~ / (jump|goto) [^ ]+$/ ? substr(rule, match(rule, /[^ ]+$/)) : ""
        }
        function inside(text) {
            sub(/^[^{]*[{] */, "", text)
            sub(/ *[}].*/, "", text)
            return text
        }
        # place_of NAME: the place of an expression among those that are concatenated with the port.
        function place_of(rule, name,   word, i, place) {
            match(rule, name)
            i = split(substr(rule, 1, RSTART + RLENGTH - 1), word, " ")
            place = 1
            if (word[i - 1] != "." && word[i - 2] == ".") i--
            while (i > 2 && word[i - 1] == ".") {
                place++
                i -= 2
                if (word[i - 1] != "." && word[i - 2] == ".") i--
            }
            return place
        }
        function element_verdict(rule, name,   i, count, each) {
            count = split(inside(rule), each, / *, */)
            for (i = 1; i <= count; i++) if (index(each[i], "\"" name "\"") == 1) return end_of(" " substr(each[i], match(each[i], / : /) + 3))
            return ""
        }
        function is_port(text, port,   ends) {
            if (text !~ /^[0-9]/) return 0
            if (split(text, ends, "-") == 1) ends[2] = ends[1]
            return port >= ends[1] + 0 && port <= ends[2] + 0
        }
        function port_verdict(rule, protocol, port, interface,   place, kind, way, list, to, i, count, each, part) {
            place = place_of(rule, "dport")
            kind = rule ~ /l4proto [.] / ? place_of(rule, "l4proto") : 0
            way = rule ~ / iif(name)? [.] | [.] iif/ ? place_of(rule, "iif(name)?") : 0
            to = end_of(rule)
            list = substr(rule, index(rule, " dport ") + 7)
            if (list ~ /^!= /) return port_verdict(" dport " substr(list, 4), protocol, port, interface) == "" ? to : ""
            if (list ~ /^[0-9]/) sub(/ .*/, "", list)
            else if (list ~ /^(vmap [{]|[{]|[.] )/) list = inside(list)
            else return ""
            count = split(list, each, / *, */)
            for (i = 1; i <= count; i++) {
                # A verdict map has no verdict behind it.
                if (match(each[i], / : /)) to = end_of(" " substr(each[i], RSTART + 3))
                split(each[i], part, " [.] ")
                if (!is_port(part[place], port) || (kind > 0 && part[kind] != protocol)) continue
                if (way == 0 || interface == "-" || part[way] == "\"" interface "\"") return to
            }
            return ""
        }
END
}

# closed_chains NEEDS: "FAMILY TABLE CHAIN HOLDER NEED" for each need that a base chain drops; the holder is - where it is not known.
closed_chains() {
    needs=$1 awk '
        # Whether a rule of a base chain, or of a chain to which it leads, lets a need in.
        function is_let(base, table, number,   seen, queue, length_of, i, count, to) {
            queue[length_of = 1] = base
            seen[base] = 1
            for (i = 1; i <= length_of; i++) {
                if (has_let(queue[i], table, number)) return 1
                count = split(targets[queue[i]], to, " ")
                for (; count > 0; count--) if (!seen[table " " to[count]]++) queue[++length_of] = table " " to[count]
            }
            return 0
        }
        function has_let(chain, table, number,   i, count, to) {
            count = split(lets[chain, number], to, " ")
            for (i = 1; i <= count; i++) if (to[i] == "accept" || last[table " " to[i]] ~ /^( counter)? accept$/) return 1
            return 0
        }
        $1 == "lets" { lets[$2 " " $3 " " $4, $5] = lets[$2 " " $3 " " $4, $5] " " $6; next }
        {
            table = $1 " " $2
            chain = table " " $3
            sub(/^[^ ]+ [^ ]+ [^ ]+/, "")
            if (chain ~ / ufw6?-/) holders[table] = "ufw"
            if (/^ type filter hook input /) policy[chain] = /policy drop/ ? "drop" : "accept"
            else last[chain] = $0
            while (match($0, /(jump|goto) [^ ,]+/)) {
                split(substr($0, RSTART, RLENGTH), word, " ")
                targets[chain] = targets[chain] " " word[2]
                $0 = substr($0, RSTART + RLENGTH)
            }
        }
        END {
            needed = split(ENVIRON["needs"], need, "\n")
            for (chain in policy) {
                if (last[chain] ~ /^( counter)? accept$/) continue
                if (policy[chain] != "drop" && last[chain] !~ /^( counter| log[^;]*)* (drop|reject)( with .*| --reject-with .*)?$/) continue
                split(chain, name, " ")
                table = name[1] " " name[2]
                holder = table ~ / firewalld$/ ? "firewalld" : table in holders ? holders[table] : "-"
                for (i = 1; i <= needed; i++) {
                    split(need[i], of, " ")
                    if ((name[1] == "inet" || name[1] == of[1]) && !is_let(chain, table, i)) print chain, holder, need[i]
                }
            }
        }
    '
}

# closed_findings: reads such lines; one sentence for each chain.
closed_findings() {
    awk '
        function command(holder, protocol, port, interface) {
            if (holder == "ufw") return interface == "-" ? "ufw allow " port "/" protocol : "ufw allow in on " interface
            if (holder == "firewalld") return "firewall-cmd --permanent " (interface == "-" ? "--add-port=" port "/" protocol : "--zone=trusted --add-interface=" interface)
            return interface == "-" ? protocol " dport " port " accept" : "iifname \"" interface "\" accept"
        }
        function report() {
            if (closed == "") return
            print (holder == "-" ? "the chain " name " of the table " table " (nftables or iptables)" : holder) " drops what comes in to " closed \
                "; " (holder == "-" ? "let it in there (in the notation of nft: " commands ")" : "run on the host: " commands (holder == "firewalld" ? "; firewall-cmd --reload" : "")) \
                ", or set trustForeignFirewall if it lets that in already"
        }
        {
            if (table " " name != $1 " " $2 " " $3) {
                report()
                table = $1 " " $2
                name = $3
                holder = $4
                closed = commands = ""
            }
            closed = closed (closed == "" ? "" : ", ") "port " $7 " (" $6 ")" ($8 == "-" ? "" : " of " $8)
            fix = command(holder, $6, $7, $8)
            if (index(commands "; ", fix "; ") == 0) commands = commands (commands == "" ? "" : "; ") fix
        }
        END { report() }
    '
}
