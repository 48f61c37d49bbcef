#!/bin/bash
# What the command line says to wrong words, and with which status it ends.
. tests/claims.sh

claim 'no command at all is bad usage' status 2 "$LATENTDREAM"
claim '... and shows the usage line' says 'usage: latentdream COMMAND'
claim 'an unknown command is bad usage' status 2 "$LATENTDREAM" chekc
claim '... and names the nearest' says "unknown command 'chekc'; did you mean check?"
claim 'an unknown option is bad usage' status 2 "$LATENTDREAM" run --resum x.cfg
claim '... and names the nearest' says "unknown option '--resum'; did you mean --resume?"
claim '... with the usage line of the command' says 'usage: latentdream run FILE.cfg'
claim 'an option without its value is bad usage' status 2 "$LATENTDREAM" run x.cfg --out
claim '... and says what is missing' says '--out needs a value, DIR'
claim 'run without a file is bad usage' status 2 "$LATENTDREAM" run
claim 'run with two files is bad usage' status 2 "$LATENTDREAM" run a.cfg b.cfg
claim 'threads must be a number' status 2 "$LATENTDREAM" run a.cfg --threads many
claim 'threads must be at least one' status 2 "$LATENTDREAM" run a.cfg --threads 0
claim 'check without a file is bad usage' status 2 "$LATENTDREAM" check
claim 'plot without a folder is bad usage' status 2 "$LATENTDREAM" plot
claim 'version takes no argument' status 2 "$LATENTDREAM" version 2

claim 'help lists the commands' status 0 "$LATENTDREAM" help
claim '... all of them' prints 'check '
for command in run check plot tokenize activations perplexity generate lens help version; do
    claim "help $command explains it" status 0 "$LATENTDREAM" help $command
    claim '... beginning with its usage' prints "usage: latentdream $command"
    claim "$command --help is the same" status 0 "$LATENTDREAM" $command --help
    claim '... beginning with its usage' prints "usage: latentdream $command"
done
claim '--help is help' status 0 "$LATENTDREAM" --help
claim '--version is version' status 0 "$LATENTDREAM" --version
claim '... with the libraries' prints oneDNN
claim 'help explains a section' status 0 "$LATENTDREAM" help '[dream]'
claim '... with its keys' prints optimizer=
claim 'help explains a key' status 0 "$LATENTDREAM" help learning_rate
claim '... in each section that has it' prints '[train]'
claim 'an unknown topic is bad usage' status 2 "$LATENTDREAM" help optimiser
claim '... and names the nearest' says 'did you mean optimizer?'
claim 'help cfg prints every section' status 0 "$LATENTDREAM" help cfg
claim '... of text networks too' prints '[transformer]'

if [ -e /dev/full ]; then
    claim 'a full disk behind the output is an error' bash -c '! "$1" help >/dev/full 2>"$2/stderr"' - "$LATENTDREAM" "$scratch"
    claim '... that is told' says 'cannot write to the standard output: No space left'
    claim '... with status 1' bash -c '"$1" version >/dev/full 2>/dev/null; [ $? -eq 1 ]' - "$LATENTDREAM"
else
    skip 'a full disk behind the output is an error' 'no /dev/full here'
fi

milliseconds() {
    local before after best=100000
    for _ in $(seq 20); do
        before=$(date +%s%N)
        "$LATENTDREAM" version >/dev/null
        after=$(date +%s%N)
        [ $(((after - before) / 1000000)) -lt $best ] && best=$(((after - before) / 1000000))
    done
    echo $best
}
started=$(milliseconds)
case $LATENTDREAM in
*asan*) skip 'a command starts within 30 ms' 'a build with sanitizers' ;;
*) claim "a command starts within 30 ms ($started ms)" [ "$started" -le 30 ] ;;
esac
finish
