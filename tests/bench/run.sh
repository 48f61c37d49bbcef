#!/bin/bash
# run.sh OUT PROGRAM...: runs benchmarks, collects their lines `name<TAB>value<TAB>unit` into OUT, and prints them as a
# table beside goals and peers. Peers, tests/bench/*.py, run with $PYTHON where it has torch. BENCH=NAME runs only those whose name holds
# NAME.
set -u
out=$1
shift
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
status=0

run() { # run NAME COMMAND...
    local name=$1
    shift
    case $name in *"${BENCH:-}"*) ;; *) return ;; esac
    echo "== $name"
    if "$@" >"$lines.one" 2>"$lines.errors"; then
        grep -P '^[^\t]+\t[^\t]+\t[^\t]*$' "$lines.one" >>"$lines"
        grep -vP '^[^\t]+\t[^\t]+\t[^\t]*$' "$lines.one"
    else
        cat "$lines.errors" "$lines.one"
        echo "$name: FAILED"
        status=1
    fi
    rm -f "$lines.one" "$lines.errors"
}

for program in "$@"; do run "$(basename "$program")" "$program"; done

python=${PYTHON:-python3}
for peer in tests/bench/*.py; do
    [ -e "$peer" ] || continue
    if "$python" -c 'import torch' 2>/dev/null; then
        run "$(basename "$peer")" "$python" "$peer"
    else
        echo "skipped $(basename "$peer"): $python has no torch; PYTHON= names another"
    fi
done
mkdir -p "$(dirname "$out")"
{ printf 'name\tvalue\tunit\n' && cat "$lines"; } >"$out.part" && mv "$out.part" "$out" || exit 1
awk -f tests/bench/compare.awk tests/bench/goals.tsv "$out"
echo "$out"
exit $status
