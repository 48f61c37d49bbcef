# A value over the steps of a dream: the mean over restarts, and a band from the 5th to the 95th percentile.
#   gnuplot -c plots/curves.gp png|pdf OUT TABLE [XLABEL [YLABEL [LOGS]]]     LOGS: "", "x", "y" or "xy"
# TABLE: a block an arm, with the columns ARM (its name; holds the step), mean, p05, p95.
TERMINAL = ARG1; OUT = ARG2; TABLE = ARG3
if (!exists("FOLDER")) FOLDER = ARG0[1:strlen(ARG0) - 9]
load FOLDER . "common.gp"
set xlabel (ARGC >= 4 && ARG4 ne "") ? ARG4 : "step"
set ylabel (ARGC >= 5 && ARG5 ne "") ? ARG5 : "activation"
if (ARGC >= 6) { if (strstrt(ARG6, "x")) { set logscale x }; if (strstrt(ARG6, "y")) { set logscale y } }
stats TABLE using 1 nooutput
BLOCKS = STATS_blocks
if (BLOCKS > 1) { set key outside top center horizontal maxrows 3 }
set autoscale xfix
plot for [i = 0:BLOCKS - 1] TABLE index i using 1:3:4 every ::1 with filledcurves fillcolor rgb color(i) fillstyle transparent solid 0.16 noborder, \
     for [i = 0:BLOCKS - 1] TABLE index i using 1:2 with lines linetype i + 1 title text(columnheader(1))
