#!/bin/bash
# run_fuzz.sh BUILD SECONDS: runs every fuzz target of BUILD for its share of the time. Inputs found stay in
# BUILD/corpus/NAME; seeds are in tests/fuzz/corpus/NAME. An input that breaks a target is named and kept.
set -u
build=$1 seconds=$2
targets=("$build"/fuzz_*)
mapfile -t targets < <(find "$build" -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x | sort)
[ ${#targets[@]} -gt 0 ] || { echo "no fuzz targets"; exit 1; }
each=$((seconds / ${#targets[@]}))
[ $each -lt 1 ] && each=1
status=0
for target in "${targets[@]}"; do
    name=$(basename "$target") name=${name#fuzz_}
    mkdir -p "$build/corpus/$name"
    folders=("$build/corpus/$name")
    [ -d "tests/fuzz/corpus/$name" ] && folders+=("tests/fuzz/corpus/$name")
    options=("-max_total_time=$each" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1)
    [ -f "tests/fuzz/$name.dict" ] && options+=("-dict=tests/fuzz/$name.dict")
    log="$build/$name.log"
    if "$target" "${options[@]}" -artifact_prefix="$build/$name-" "${folders[@]}" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "fuzz $name: $runs inputs in $each s, none breaks it"
    else
        tail -40 "$log"
        echo "fuzz $name: FAILED; the input is in $build/$name-*"
        status=1
    fi
done
exit $status
