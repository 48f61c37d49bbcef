#!/bin/bash
# Whose results a run may write over, and what it leaves where it cannot write.
. tests/claims.sh
cfg=$scratch/a.cfg
printf '[experiment]\nname=a\n[data]\nimages=%s/none\nlabels=%s/none\n' "$scratch" "$scratch" >"$cfg"
sed 's/name=a/name=b/' "$cfg" >"$scratch/b.cfg"
out=$scratch/out

claim 'images that are not there are an error' status 1 "$LATENTDREAM" run "$cfg" --out "$out" --quiet
claim '... named in one line' says "$scratch/none"
claim '... and one line only' says_lines 1
claim 'the folder holds the cfg as run' grep -qx name=a "$out/experiment.cfg"
claim 'no half-written file is left' bash -c '[ -z "$(find "$1" -name "*.part")" ]' - "$out"
claim 'another experiment is refused' status 1 "$LATENTDREAM" run "$scratch/b.cfg" --out "$out"
claim '... saying why' says 'holds the results of another experiment'
claim '... and how to go on' says --force
claim '... and changes nothing' grep -qx name=a "$out/experiment.cfg"
claim 'another value by --set is another experiment' status 1 "$LATENTDREAM" run "$cfg" --out "$out" --set experiment.seed=9
claim '... saying why' says 'holds the results of another experiment'
claim '--force goes on' status 1 "$LATENTDREAM" run "$scratch/b.cfg" --out "$out" --force
claim '... to the experiment itself' says "$scratch/none"
claim '... with its own cfg' grep -qx name=b "$out/experiment.cfg"

mkdir "$scratch/own" && echo words >"$scratch/own/thesis.tex"
claim "a folder with other files is refused" status 1 "$LATENTDREAM" run "$cfg" --out "$scratch/own"
claim '... saying why' says 'holds files, but no experiment.cfg'
claim '... and left as it was' [ "$(ls -A "$scratch/own")" = thesis.tex ]

exec 9>"$out/.lock"
flock -n 9
claim 'a second run in the same folder is refused' status 1 "$LATENTDREAM" run "$scratch/b.cfg" --out "$out"
claim '... saying why' says 'another run is writing here'
claim 'plot in a folder that a run is writing to is refused' status 1 "$LATENTDREAM" plot "$out"
claim '... saying why' says 'another run is writing here'
exec 9>&-

claim 'a folder that cannot be made is an error' status 1 "$LATENTDREAM" run "$cfg" --out /proc/latentdream/out
claim '... naming it' says 'cannot make the folder'
claim '... in one line' says_lines 1
: >"$scratch/file"
claim 'a file in place of the folder is an error' status 1 "$LATENTDREAM" run "$cfg" --out "$scratch/file"
claim 'an empty name of a folder is bad usage' status 2 "$LATENTDREAM" run "$cfg" --out ''
claim 'plot of a folder without a run is an error' status 1 "$LATENTDREAM" plot "$scratch/own"
claim '... saying why' says 'no experiment.cfg there'

mkdir "$scratch/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=64k tmpfs "$scratch/small" 2>/dev/null; then
    head -c 200000 /dev/zero >"$scratch/small/filler" 2>/dev/null
    mkdir "$scratch/small/out" 2>/dev/null
    claim 'a full disk is an error' status 1 "$LATENTDREAM" run "$cfg" --out "$scratch/small/out"
    claim '... saying so' says 'No space left on device'
    claim '... with nothing half-written' bash -c '[ -z "$(find "$1" -name "*.part" -o -name experiment.cfg)" ]' - "$scratch/small"
    umount "$scratch/small"
else
    skip 'a full disk is an error' 'mounting a small tmpfs needs root'
fi
finish
