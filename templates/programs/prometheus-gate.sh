#!/bin/sh
# prometheus-gate URL FILE
# Succeeds when the last scrape of everything that FILE lists succeeded, a line "JOB URL HOST" for each; URL is where Prometheus answers.
# Otherwise it says which scrapes fail, and why.
set -eu
export LC_ALL=C

answer=$(curl --silent --fail --max-time 8 "$1/api/v1/targets?state=active") || {
    echo "Prometheus does not answer at $1" >&2
    exit 1
}
# A line for each target.
printf '%s\n' "$answer" | sed 's/{"discoveredLabels":/\n&/g' | awk -v list="$2" '
    # field NAME: a text of the target on this line, as JSON has it.
    function field(name) {
        if (!match($0, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"")) return ""
        return substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5)
    }
    BEGIN {
        while ((getline <list) > 0) {
            asked[++count] = $1 " " $2
            host[count] = $3
        }
    }
    # Before it are labels, which can have any name.
    sub(/^.*},"scrapePool":/, "\"scrapePool\":") {
        key = field("scrapePool") " " field("scrapeUrl")
        health[key] = field("health")
        cause[key] = field("lastError")
    }
    END {
        for (i = 1; i <= count; i++) {
            key = asked[i]
            if (health[key] == "up") continue
            if (++failed > 5) continue
            why = cause[key]
            gsub(/\\"/, "\"", why)
            sub(/^Get "[^"]*": /, "", why)
            if (why == "") why = health[key] == "" ? "not in the list of targets" : "not scraped yet"
            split(key, of, " ")
            said = said "; job " of[1] " of " host[i] ", " of[2] ": " why
        }
        if (failed == 0) exit 0
        print failed " of " count " scrapes of hosts of the stack fail" said (failed > 5 ? "; and " failed - 5 " more" : "")
        exit 1
    }
' >&2
