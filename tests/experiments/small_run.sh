#!/bin/bash
# A whole small run by the program: what it leaves, that it repeats, and that it goes on after Ctrl-C and kill -9.
. tests/claims.sh
cfg=tests/experiments/small.cfg

if [ ! -e /usr/lib/darknet/libdarknet.so ]; then
    skip 'a whole small run' 'libdarknet is not installed (apt-get install darknet)'
    finish
fi

# same A B: two runs left the same results, byte for byte; times and the pages that show them aside.
same() { diff -rq -x run.json -x report.html -x work -x .lock "$1" "$2"; }
whole() { [ -d "$1" ] && [ -z "$(find "$1" -name '*.part')" ]; }

claim 'a small experiment runs' status 0 "$LATENTDREAM" run $cfg --out "$scratch/a"
claim '... and names its report' prints "report   $scratch/a/report.html"
claim '... and its figure' prints "figure   $scratch/a/figures/curves.png"
claim '... and shows how it goes' says 'training classifier'
for file in experiment.cfg run.json summary.tsv report.html curves/direct.tsv curves/latent.tsv \
    images/direct-dream.png images/latent-start.png images/latent-dream.idx3-ubyte \
    images/latent-dream.labels.idx1-ubyte figures/curves.pdf; do
    claim "it leaves $file" [ -s "$scratch/a/$file" ]
done
claim 'no file is half-written' whole "$scratch/a"
claim 'run.json is JSON and names seed, stages and libraries' python3 - "$scratch/a/run.json" <<'END'
import json, sys
run = json.load(open(sys.argv[1]))
assert run["seed"] == 3 and run["side"] == "image" and run["peak_memory_bytes"] > 1e6
assert any(stage["name"] == "train classifier" for stage in run["stages"])
assert "oneDNN" in run["libraries"] and run["command"][1] == "run"
END

claim 'the same seed again' status 0 "$LATENTDREAM" run $cfg --out "$scratch/b" --quiet
claim '... gives the same bytes' same "$scratch/a" "$scratch/b"
claim '... and --quiet says nothing' says_lines 0
claim 'another seed' status 0 "$LATENTDREAM" run $cfg --out "$scratch/c" --quiet --set experiment.seed=4
claim '... gives other dreams' bash -c '! cmp -s "$1" "$2"' - "$scratch/a/images/direct-dream.idx3-ubyte" "$scratch/c/images/direct-dream.idx3-ubyte"
claim '... and stands in the stored cfg' grep -qx seed=4 "$scratch/c/experiment.cfg"

# stop SIGNAL DIR: starts a run and stops it while its first network trains.
stop() {
    "$LATENTDREAM" run $cfg --out "$2" --quiet >"$scratch/stdout" 2>"$scratch/stderr" &
    local run=$!
    for _ in $(seq 200); do
        [ -n "$(ls -A "$2/work" 2>/dev/null)" ] && break
        sleep 0.02
    done
    sleep 0.2
    kill -s "$1" $run
    wait $run
}
stop INT "$scratch/d"
claim 'Ctrl-C ends a run with status 1' [ $? -eq 1 ]
claim '... saying how to go on' says '--resume'
claim '... in one line' says_lines 1
claim '... with no file half-written' whole "$scratch/d"
claim '... and no report' bash -c '[ -d "$1" ] && [ ! -e "$1/report.html" ]' - "$scratch/d"
claim '--resume goes on' status 0 "$LATENTDREAM" run $cfg --out "$scratch/d" --quiet --resume
claim '... to the same bytes' same "$scratch/a" "$scratch/d"
stop KILL "$scratch/e" 2>/dev/null
claim 'kill -9 leaves no report' bash -c '[ -d "$1" ] && [ ! -e "$1/report.html" ]' - "$scratch/e"
claim '--resume goes on after kill -9' status 0 "$LATENTDREAM" run $cfg --out "$scratch/e" --quiet --resume
claim '... to the same bytes' same "$scratch/a" "$scratch/e"

cp -r "$scratch/a/figures" "$scratch/figures"
rm "$scratch/a/report.html"
claim 'plot draws the page again' status 0 "$LATENTDREAM" plot "$scratch/a" --quiet
claim '... naming it' prints "report   $scratch/a/report.html"
claim '... with the same figures' diff -r "$scratch/figures" "$scratch/a/figures"
finish
