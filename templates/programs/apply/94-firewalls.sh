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
    } | closed_to_needs "$needs"
}

# nft_rules: "FAMILY TABLE CHAIN RULE" for each rule and each declaration of a base chain in the tables of others.
nft_rules() {
    command -v nft >/dev/null || return 0
    nft --stateless --terse list ruleset 2>/dev/null | awk '
        $1 == "table" { family = $2; table = $3; chain = ""; next }
        $1 == "chain" { chain = $2; next }
        $1 == "}" { chain = ""; next }
        chain == "" || family !~ /^(ip|ip6|inet)$/ || table ~ /^ha_monitoring/ { next }
        { sub(/ comment ".*"/, ""); $1 = $1; print family, table, chain, $0 }
    '
}

# xtables_rules COMMAND FAMILY: the same for iptables, in the notation of nft.
xtables_rules() {
    command -v "$1-save" >/dev/null || return 0
    "$1-save" 2>/dev/null | awk -v family="$2" '
        /^\*/ { table = substr($1, 2) }
        table != "filter" { next }
        /^:INPUT / { print family, table, "INPUT type filter hook input policy", tolower($2) ";" }
        $1 != "-A" { next }
        {
            gsub(/--comment ("[^"]*"|[^ ]+)/, "")
            text = protocol = ""
            for (i = 3; i <= NF; i++) {
                if ($i == "-p") protocol = $(++i)
                else if ($i == "!" && $(i + 1) == "-i") { text = text " iifname != \"" $(i + 2) "\""; i += 2 }
                else if ($i == "-i") text = text " iifname \"" $(++i) "\""
                else if ($i ~ /^--dports?$/) {
                    ports = $(++i)
                    gsub(/:/, "-", ports)
                    gsub(/,/, ", ", ports)
                    text = text " " protocol " dport { " ports " }"
                }
                else if ($i == "-j") text = text " " tolower($(++i))
                else if ($i != "-m") text = text " " $i
            }
            if (protocol != "" && text !~ / dport /) text = " l4proto " protocol text
            print family, table, $2 text
        }
    '
}

# closed_to_needs NEEDS: reads such rules. NEEDS has lines "FAMILY PROTOCOL PORT INTERFACE", where the interface is - for all.
closed_to_needs() {
    needs=$1 awk '
        # Whether the ports of a rule, such as { 22, 9000-9100 }, have this one.
        function has_port(rule, port,   i, count, each, ends) {
            sub(/.* dport /, "", rule)
            sub(/^{ /, "", rule)
            sub(/ *[^0-9, -].*$/, "", rule)
            count = split(rule, each, /, */)
            for (i = 1; i <= count; i++) {
                if (split(each[i], ends, "-") == 1) ends[2] = ends[1]
                if (port >= ends[1] + 0 && port <= ends[2] + 0) return 1
            }
            return 0
        }
        function accepts(rule, protocol, port, interface,   is_on) {
            is_on = interface != "-" && rule ~ (" iifname [^!]*\"" interface "\"")
            if (rule ~ / iifname / && !is_on && (interface != "-" || rule ~ /"lo"/)) return 0
            # A zone of firewalld that lets everything in.
            if (is_on && rule ~ / (jump|goto) [^ ]*trusted/) return 1
            if (rule !~ / accept$/) return 0
            if (rule ~ (" (" protocol "|th) dport ")) return has_port(rule, port)
            return is_on && rule !~ /dport|sport|state|icmp|l4proto/
        }
        function command(holder, protocol, port, interface) {
            if (holder == "ufw") return interface == "-" ? "ufw allow " port "/" protocol : "ufw allow in on " interface
            if (holder == "firewalld") return "firewall-cmd --permanent " (interface == "-" ? "--add-port=" port "/" protocol : "--zone=trusted --add-interface=" interface)
            return interface == "-" ? protocol " dport " port " accept" : "iifname \"" interface "\" accept"
        }
        {
            table = $1 " " $2
            chain = table " " $3
            sub(/^[^ ]+ [^ ]+ [^ ]+/, "")
            if (chain ~ / ufw6?-/) holders[table] = "ufw"
            if (/^ type filter hook input /) {
                policy[chain] = /policy drop/ ? "drop" : "accept"
                next
            }
            last[chain] = $0
            rules[table, ++count[table]] = $0
        }
        END {
            needed = split(ENVIRON["needs"], need, "\n")
            for (chain in policy) {
                if (last[chain] ~ /^( counter)? accept$/) continue
                if (policy[chain] != "drop" && last[chain] !~ /^( counter| log[^;]*)* (drop|reject)( with .*| --reject-with .*)?$/) continue
                split(chain, name, " ")
                table = name[1] " " name[2]
                holder = table ~ / firewalld$/ ? "firewalld" : holders[table]
                closed = commands = ""
                for (i = 1; i <= needed; i++) {
                    split(need[i], of, " ")
                    if (name[1] != "inet" && name[1] != of[1]) continue
                    for (each = 1; each <= count[table]; each++) if (accepts(rules[table, each], of[2], of[3] + 0, of[4])) break
                    if (each <= count[table]) continue
                    closed = closed (closed == "" ? "" : ", ") "port " of[3] " (" of[2] ")" (of[4] == "-" ? "" : " of " of[4])
                    fix = command(holder, of[2], of[3], of[4])
                    if (index(commands "; ", fix "; ") == 0) commands = commands (commands == "" ? "" : "; ") fix
                }
                if (closed == "") continue
                print (holder == "" ? "the chain " name[3] " of the table " table " (nftables or iptables)" : holder) " drops what comes in to " closed \
                    "; " (holder == "" ? "let it in there (in the notation of nft: " commands ")" : "run on the host: " commands (holder == "firewalld" ? "; firewall-cmd --reload" : "")) \
                    ", or set trustForeignFirewall if it lets that in already"
            }
        }
    '
}
