#!/bin/bash
# run_tests.sh BUILD UNIT... [-- SCRIPT...]: runs test programs and test scripts and adds up what they report.
#
# A test program (cmocka) reports in TAP. A script tests/*/NAME.sh prints `ok - CLAIM`, `not ok - CLAIM` or
# `skip - CLAIM: WHY` (tests/claims.sh has functions for it); one that prints none of these counts as one test that
# passed, failed, or, with exit status 77, was skipped. What failed is said where it failed and once more before the
# last line, which is `N passed, N failed, N skipped`: the end of a long log is then enough to go by.
set -u
export BUILD=$1
export LATENTDREAM="$BUILD/latentdream"
export CMOCKA_MESSAGE_OUTPUT=TAP
# Threads that wait give way: on a busy machine spinning ones slow the tests threefold.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
shift
passed=0 failed=0 skipped=0
output=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$output" "$failures"' EXIT

# add NAME STATUS: counts $output's lines, and prints what a reader needs of it.
add() {
    local name=$1 status=$2 plan ok bad skip
    plan=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$output" | tail -1)
    ok=$(grep -c '^ok ' "$output")
    skip=$(grep -cE '^(not ok [0-9]+ # SKIP|skip )' "$output")
    bad=$(grep -E '^not ok ' "$output" | grep -vcE '^not ok [0-9]+ # SKIP')
    if [ -n "$plan" ]; then
        [ $((ok + bad + skip)) -lt "$plan" ] && bad=$((plan - ok - skip))
    elif [ $((ok + bad + skip)) -eq 0 ]; then
        case $status in
        0) ok=1 ;;
        77) skip=1 ;;
        *) bad=1 ;;
        esac
    fi
    [ "$status" -ne 0 ] && [ "$status" -ne 77 ] && [ "$bad" -eq 0 ] && bad=1
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
    printf '%-44s %3d passed' "$name" "$ok"
    [ "$skip" -gt 0 ] && printf ', %d skipped' "$skip"
    [ "$bad" -gt 0 ] && printf ', %d FAILED (exit status %d)' "$bad" "$status"
    printf '  %d s\n' $((SECONDS - began))
    grep -E '^(not ok [0-9]+ # SKIP|skip )' "$output" | sed -E 's/^not ok [0-9]+ # SKIP/skip -/; s/^/    /'
    [ "$bad" -gt 0 ] || return 0
    grep -vE '^ok ' "$output" | tail -60 | sed 's/^/    /'
    {
        echo "$name, exit status $status"
        { grep -A 3 '^not ok ' "$output" || tail -5 "$output"; } | head -20 | cut -c 1-200 | sed 's/^/    /'
    } >>"$failures"
}

kind=program
for test in "$@"; do
    if [ "$test" = -- ]; then
        kind=script
        continue
    fi
    began=$SECONDS
    if [ $kind = program ]; then
        "$test" >"$output" 2>&1 </dev/null
        add "${test#"$BUILD"/tests/}" $?
    else
        bash "$test" >"$output" 2>&1 </dev/null
        add "${test#tests/}" $?
    fi
done
if [ -s "$failures" ]; then
    printf '\nWhat failed, on %s:\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)"
    grep -m 1 '^flags' /proc/cpuinfo | grep -oE '\b(avx|avx2|avx512[a-z_0-9]*|amx[a-z_0-9]*)\b' | tr '\n' ' '
    echo
    cat "$failures"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
