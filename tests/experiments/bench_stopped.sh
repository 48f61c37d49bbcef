#!/bin/bash
# make bench keeps what it measured: figures are on disk after each program, and when it is stopped in the middle of one.
. tests/claims.sh
mkdir "$scratch/programs"
program() { # program NAME LINE...: a benchmark that runs these lines
    local file=$scratch/programs/$1
    shift
    printf '%s\n' '#!/bin/bash' "$@" >"$file"
    chmod +x "$file"
}
program bench_first "printf 'first figure\t1.5\ts\n'" 'echo a remark'
program bench_slow "printf 'second figure\t2\tms\n'" 'exec sleep 60'
program bench_bad "printf 'third figure\t3\ts\n'" 'echo went wrong >&2' 'exit 1'
bench() { BENCH='' PYTHON=false tests/bench/run.sh "$@"; }
holds() { grep -qx "$(printf '%b' "$1")" "$scratch/bench.tsv"; }
within() { # within SECONDS COMMAND...: the command comes true in that time
    local left=$(($1 * 10))
    shift
    until "$@" 2>/dev/null; do
        [ $((left -= 1)) -gt 0 ] || return 1
        sleep 0.1
    done
}

claim 'benchmarks run' status 0 bench "$scratch/bench.tsv" "$scratch/programs/bench_first"
claim '... and leave their figures' holds 'first figure\t1.5\ts'
claim '... without the remarks' bash -c '! grep -q remark "$1"' - "$scratch/bench.tsv"
claim '... which are printed' prints 'a remark'
claim 'a benchmark that fails fails the whole' status 1 bench "$scratch/bench.tsv" "$scratch/programs/bench_bad" "$scratch/programs/bench_first"
claim '... says why' prints 'went wrong'
claim '... keeps what it had measured' holds 'third figure\t3\ts'
claim '... and goes on with the next' holds 'first figure\t1.5\ts'

for signal in INT TERM; do
    rm -f "$scratch/bench.tsv"
    # What a script starts in the background ignores INT; python3 takes that back.
    BENCH='' PYTHON=false python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' \
        tests/bench/run.sh "$scratch/bench.tsv" "$scratch/programs/bench_first" "$scratch/programs/bench_slow" \
        >"$scratch/stdout" 2>&1 &
    stopped=$!
    claim 'a line is printed as it comes, not at the end of its program' within 20 grep -q 'second figure' "$scratch/stdout"
    claim 'the figures of the first program are on disk by then' holds 'first figure\t1.5\ts'
    kill -$signal $stopped
    wait $stopped
    claim "stopped by $signal, it ends with a status of its own" [ $? -ge 128 ]
    claim '... and keeps the lines of the program it was in' holds 'second figure\t2\tms'
    claim '... and of those before' holds 'first figure\t1.5\ts'
done
finish
