# shellcheck shell=bash
# claims.sh: for test scripts. Source it first; end the script with `finish`.
#
#     . tests/claims.sh
#     claim 'an unknown command exits with 2' status 2 "$LATENTDREAM" rnu
#     claim 'and names the nearest' says 'did you mean run'
#     finish
#
# $scratch is a folder of the script's own, removed at the end. $LATENTDREAM is the program.
: "${LATENTDREAM:=build/latentdream}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failures=0

# claim WORDS COMMAND...: one test, passed when the command succeeds.
claim() {
    local words=$1
    shift
    if "$@"; then
        echo "ok - $words"
    else
        echo "not ok - $words"
        failures=$((failures + 1))
    fi
}

skip() { echo "skip - $1: $2"; }

# status N COMMAND...: the command ends with status N; what it prints is kept for `says`.
status() {
    local expected=$1 got
    shift
    "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    got=$?
    [ "$got" -eq "$expected" ] && return 0
    echo "# status $got, expected $expected: $*"
    sed 's/^/#   /' "$scratch/stderr" | head -20
    return 1
}

# says PIECE / prints PIECE: the last command's errors / output hold PIECE.
says() { grep -qF -- "$1" "$scratch/stderr" || { sed 's/^/# said: /' "$scratch/stderr"; return 1; }; }
prints() { grep -qF -- "$1" "$scratch/stdout" || { head -20 "$scratch/stdout" | sed 's/^/# printed: /'; return 1; }; }

# says_lines N: the last command's errors are N lines.
says_lines() { [ "$(wc -l <"$scratch/stderr")" -eq "$1" ]; }

finish() {
    [ "$failures" -eq 0 ]
    exit
}
