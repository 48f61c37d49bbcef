#!/bin/bash
# Cfg files with errors: every one is named with its line, and nothing runs.
. tests/claims.sh
cfg=$scratch/bad.cfg

cat >"$cfg" <<'END'
[experiment]
name=bad
sed=1
[data]
images=none
[dream]
name=one
optimizer=adma
steps=many
learning_rate=-1
[dreem]
name=two
nonsense
[target]
layer=1
neuron=3-1
[dream]
name=one
batch=0
[figure]
END
claim 'check reports a bad file with status 1' status 1 "$LATENTDREAM" check "$cfg"
claim '... an unknown key, with the nearest' prints "$cfg:3: [experiment] knows no key 'sed'; did you mean seed?"
claim '... a missing key' prints "$cfg:20: [figure] lacks type="
claim '... a wrong choice' prints "$cfg:8: optimizer=adma: did you mean adam?"
claim '... a wrong number' prints "$cfg:9: steps=many: a whole number is expected"
claim '... a number out of range' prints "$cfg:10: learning_rate=-1: out of range"
claim '... an unknown section, with the nearest' prints "$cfg:11: unknown section [dreem]; did you mean [dream]?"
claim '... a line that is neither key nor section' prints "$cfg:13: 'nonsense': expected key=value"
claim '... a wrong list' prints "$cfg:16: neuron=3-1: whole numbers are expected"
claim '... a second arm of the same name' prints "$cfg:18: a second [dream] with name=one"
claim '... a number below its range' prints "$cfg:19: batch=0: out of range"
claim '... from the first line to the last' sort -c -t: -k2,2n "$scratch/stdout"
claim '... and says how many' says 'errors in 1 of 1 file'

sed -i '/nonsense/d' "$cfg"
claim 'run refuses the file with status 1' status 1 "$LATENTDREAM" run "$cfg" --out "$scratch/out"
claim '... naming the line' says "$cfg:9: steps=many"
claim '... and makes no folder' [ ! -e "$scratch/out" ]

claim 'a missing file has status 1' status 1 "$LATENTDREAM" run "$scratch/none.cfg"
claim '... and is named' says "$scratch/none.cfg: no such file"
claim '... in one line' says_lines 1
claim 'a folder is no cfg' status 1 "$LATENTDREAM" run "$scratch"
claim '... and that is said' says 'is a folder'
: >"$scratch/empty.cfg"
claim 'an empty file has status 1' status 1 "$LATENTDREAM" run "$scratch/empty.cfg"
claim '... and what is missing is said' says 'no [experiment] section'
head -c 5000 /dev/urandom >"$scratch/random.cfg"
claim 'random bytes have status 1' status 1 "$LATENTDREAM" run "$scratch/random.cfg"
claim '... and a line is named' says "$scratch/random.cfg:"
head -c 1100000 /dev/zero | tr '\0' '\n' >"$scratch/large.cfg"
claim 'a file over a megabyte has status 1' status 1 "$LATENTDREAM" run "$scratch/large.cfg"
claim '... and its limit is said' says 'larger than the 1048576 bytes'
printf '[experiment]\nname=a\n[dream]\nname=x\n' >"$scratch/neither.cfg"
claim 'a file of neither side has status 1' status 1 "$LATENTDREAM" run "$scratch/neither.cfg"
claim '... and says which sections choose one' says 'a [data] section makes an image experiment'
printf '[experiment]\nname=a\n[data]\nimages=a\nlabels=b\n[language_model]\n' >"$scratch/both.cfg"
claim 'a file of both sides has status 1' status 1 "$LATENTDREAM" run "$scratch/both.cfg"
claim '... and names both' says '[language_model] belongs to text experiments, but [data] in line 3'

printf '[experiment]\nname=a\n[data]\nimages=a\nlabels=b\n[dream]\nname=latent\n' >"$scratch/good.cfg"
claim 'a right file passes the check' status 0 "$LATENTDREAM" check --no-files "$scratch/good.cfg"
claim '... and is called ok' prints "$scratch/good.cfg: ok"
claim 'files that it names and that are not there are errors' status 1 "$LATENTDREAM" check "$scratch/good.cfg"
claim 'several files are checked at once' status 1 "$LATENTDREAM" check --no-files "$scratch/good.cfg" "$scratch/both.cfg" "$scratch/none.cfg"
claim '... and counted' says 'in 2 of 3 files'
claim '--set of an unknown arm has status 1' status 1 "$LATENTDREAM" run "$scratch/good.cfg" --set latnet.steps=3
claim '... and names the nearest' says "no section or arm 'latnet'; did you mean 'latent'?"
claim '--set of a wrong value has status 1' status 1 "$LATENTDREAM" run "$scratch/good.cfg" --set latent.steps=x
claim '... and says where it came from' says 'good.cfg: --set steps=x: a whole number'
claim '--set without a dot has status 1' status 1 "$LATENTDREAM" run "$scratch/good.cfg" --set steps=3

claim 'every wrong --set is told' status 1 "$LATENTDREAM" run "$scratch/good.cfg" --set latnet.steps=3 --set latent.stpes=3 --set latent.steps=x
claim '... a line each' says_lines 3
claim '... each marked alike' bash -c '! grep -v "^latentdream: $1: --set " "$2"' - "$scratch/good.cfg" "$scratch/stderr"
claim '... with the nearest key' says '--set latent.stpes=3: [dream] knows no key '"'stpes'; did you mean steps?"
claim 'check takes --set too' status 1 "$LATENTDREAM" check --no-files "$scratch/good.cfg" --set latent.steps=x --set latnet.steps=3
claim '... says the same' prints 'good.cfg: --set steps=x: a whole number'
claim '... of every one' prints "no section or arm 'latnet'; did you mean 'latent'?"
claim '... and passes what is right' status 0 "$LATENTDREAM" check --no-files "$scratch/good.cfg" --set latent.steps=3
sed 's/^steps=.*/steps=many/' experiments/train-fairytale.cfg >"$scratch/train.cfg"
claim '--set can mend a file' status 0 "$LATENTDREAM" check --no-files "$scratch/train.cfg" --set fairytale.steps=5
claim 'help says what --set looks for' status 0 "$LATENTDREAM" help check
claim '... by name' prints 'fairytale.steps=5 means the [train]'

for file in experiments/*.cfg cfg/*.cfg; do
    [ -e "$file" ] && claim "$file passes the check" status 0 "$LATENTDREAM" check --no-files "$file"
done
claim 'what text-baseline.cfg names is there' status 0 "$LATENTDREAM" check experiments/text-baseline.cfg
finish
