# The loss of a training stage, and the loss on examples that it never trained on.
#   gnuplot -c plots/training.gp png|pdf OUT TABLE [XLABEL [YLABEL [LOGS]]]     LOGS: "", "x", "y" or "xy"
# TABLE: two blocks, with the columns NAME (of the curve; holds the step) and loss; the second may be absent.
TERMINAL = ARG1; OUT = ARG2; TABLE = ARG3
if (!exists("FOLDER")) FOLDER = ARG0[1:strlen(ARG0) - 11]
load FOLDER . "common.gp"
set xlabel (ARGC >= 4 && ARG4 ne "") ? ARG4 : "step"
set ylabel (ARGC >= 5 && ARG5 ne "") ? ARG5 : "loss"
if (ARGC >= 6) { if (strstrt(ARG6, "x")) { set logscale x }; if (strstrt(ARG6, "y")) { set logscale y } }
stats TABLE using 1 nooutput
set key top right
set autoscale xfix
plot TABLE index 0 using 1:2 with lines linewidth 0.9 linecolor rgb "#6fb1d6" title text(columnheader(1)), \
     for [i = 1:STATS_blocks - 1] TABLE index i using 1:2 with linespoints linetype i + 1 dashtype solid \
         pointsize 0.7 title text(columnheader(1))
