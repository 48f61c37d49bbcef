# The table of make bench for people: ours, a peer's figure for the same work from the same run, how many times better
# ours is, and the goals, in figures of the machine they were set on and in times the peer.
#
#     awk -f tests/bench/compare.awk tests/bench/goals.tsv results/bench.tsv
BEGIN { FS = "\t" }
FNR == 1 { next }
NR == FNR { goal[$1] = $2; wanted[$1] = $4; next }
match($1, / \([^()]*\)$/) { peer[substr($1, 1, RSTART - 1), ++peers[substr($1, 1, RSTART - 1)]] = $2 "\t" substr($1, RSTART + 2, RLENGTH - 3); next }
{ order[++rows] = $1; value[$1] = $2; unit[$1] = $3 }
END {
    printf "%-46s %10s %-9s %10s  %-18s %7s %7s %9s\n", "work", "ours", "unit", "peer's", "peer", "times", "wanted", "goal"
    for (i = 1; i <= rows; i++) {
        name = order[i]
        for (k = 1; k <= peers[name] || k == 1; k++) {
            split(peer[name, k], part, "\t")
            times = ""
            if (part[1] > 0 && value[name] > 0)
                times = sprintf("%.2f", unit[name] ~ /\/s$/ ? value[name] / part[1] : part[1] / value[name])
            printf "%-46s %10s %-9s %10s  %-18s %7s %7s %9s\n", k == 1 ? name : "", k == 1 ? value[name] : "", k == 1 ? unit[name] : "", part[1], part[2], times, part[2] == "PyTorch" ? wanted[name] : "", k == 1 ? goal[name] : ""
        }
    }
}
