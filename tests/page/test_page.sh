#!/bin/bash
# The report in a real browser: made-up runs, and the runs named as arguments or in LATENTDREAM_RUNS.
# shellcheck source=tests/claims.sh
. "$(dirname "$0")/../claims.sh"
here=$(dirname "$0")

if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
    skip 'report.html in a browser' 'chromium is not installed (apt-get install chromium)'
    finish
fi
if ! command -v gnuplot >/dev/null; then
    skip 'report.html in a browser' 'gnuplot is not installed (apt-get install gnuplot-nox)'
    finish
fi

pages=()
for side in image text; do
    folder=$scratch/fixture-$side
    python3 -B "$here/make_fixture.py" "$side" "$folder"
    claim "latentdream plot draws a made-up $side run" status 0 "$LATENTDREAM" plot --quiet "$folder"
    cp -r "$folder/figures" "$scratch/first"
    cp "$folder/report.html" "$scratch/first.html"
    claim "a second plot of the $side run" status 0 "$LATENTDREAM" plot --quiet "$folder"
    claim "and gives the same figures, byte for byte" diff -r "$scratch/first" "$folder/figures"
    claim "and the same page" cmp "$scratch/first.html" "$folder/report.html"
    claim 'it has a section on training' grep -q '<section id="training">' "$folder/report.html"
    rm -r "$scratch/first"
    [ -f "$folder/report.html" ] && pages+=("$folder/report.html")
done
for run in "$@" ${LATENTDREAM_RUNS:-}; do
    [ -f "$run/report.html" ] && pages+=("$run/report.html")
done

# A figure whose section is gone goes too; what the program did not draw stays.
folder=$scratch/fixture-image
claim 'a figure of its own name' [ -s "$folder/figures/by-target.png" ]
: >"$folder/figures/by-hand.png"
sed -i 's/^name=by-target$/name=every-target/' "$folder/experiment.cfg"
claim 'a figure is renamed' status 0 "$LATENTDREAM" plot --quiet "$folder"
claim '... its old files are gone' bash -c '[ -z "$(ls "$1" | grep by-target)" ]' - "$folder/figures"
claim '... its new ones are there' [ -s "$folder/figures/every-target.pdf" ]
claim '... and the files of others stay' [ -e "$folder/figures/by-hand.png" ]

# Without gnuplot the page is written all the same.
mkdir "$scratch/empty"
gone() { PATH=$scratch/empty status 1 "$LATENTDREAM" plot --quiet "$scratch/fixture-image"; }
rm "$scratch/fixture-image/report.html"
claim 'without gnuplot, plot fails' gone
claim 'and says what installs it' says 'apt-get install gnuplot-nox'
claim 'and writes the page all the same' grep -q 'apt-get install gnuplot-nox' "$scratch/fixture-image/report.html"
"$LATENTDREAM" plot --quiet "$scratch/fixture-image" >/dev/null 2>&1

python3 -B "$here/check_page.py" "${pages[@]}"
checked=$?
finish() { [ "$failures" -eq 0 ] && [ "$checked" -eq 0 ]; exit; }
finish
