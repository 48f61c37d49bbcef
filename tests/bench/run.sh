#!/bin/bash
# run.sh OUT PROGRAM...: runs benchmarks, prints their lines `name<TAB>value<TAB>unit` as they come, collects them in
# OUT, and prints them at the end as a table beside goals and peers. OUT is written anew after each program, and when the
# script is stopped: figures measured so far are never lost. Peers, tests/bench/*.py, run with $PYTHON where it has
# torch. BENCH=NAME runs only those whose name holds NAME.
set -u
out=$1
shift
scratch=$(mktemp -d)
lines=$scratch/lines
trap 'rm -rf "$scratch"' EXIT
: >"$lines"
mkfifo "$scratch/pipe" || exit 1
status=0 running=
mkdir -p "$(dirname "$out")"

collect() {
    { printf 'name\tvalue\tunit\n' && grep -P '^[^\t]+\t[^\t]+\t[^\t]*$' "$lines"; } >"$out.part"
    mv "$out.part" "$out"
}

# A program is waited for, not run in front, so that a signal is acted upon at once and ends it too.
stop() { # stop STATUS
    trap '' INT TERM
    [ -n "$running" ] && kill "$running" 2>/dev/null
    wait
    collect && echo "$out: what was measured before the stop"
    exit "$1"
}
trap 'stop 130' INT
trap 'stop 143' TERM

run() { # run NAME COMMAND...
    local name=$1 failed
    shift
    case $name in *"${BENCH:-}"*) ;; *) return ;; esac
    echo "== $name"
    tee -a "$lines" <"$scratch/pipe" &
    "$@" >"$scratch/pipe" 2>"$scratch/errors" &
    running=$!
    wait "$running"
    failed=$?
    running=
    wait # for tee
    if [ "$failed" -ne 0 ]; then
        cat "$scratch/errors"
        echo "$name: FAILED"
        status=1
    fi
    collect || exit 1
}

for program in "$@"; do run "$(basename "$program")" "$program"; done

python=${PYTHON:-python3}
for peer in tests/bench/*.py; do
    [ -e "$peer" ] || continue
    if "$python" -c 'import torch' 2>/dev/null; then
        run "$(basename "$peer")" "$python" -u "$peer"
    else
        echo "skipped $(basename "$peer"): $python has no torch; PYTHON= names another"
    fi
done
collect || exit 1
awk -f tests/bench/compare.awk tests/bench/goals.tsv "$out"
echo "$out"
exit $status
