# One measure against another, a point a dream, a colour and shape an arm.
#   gnuplot -c plots/scatter.gp png|pdf OUT TABLE [XLABEL [YLABEL [LOGS [DIAGONAL]]]]
# LOGS: "", "x", "y" or "xy". DIAGONAL "1" draws the line on which both are equal.
# TABLE: a block an arm, with the columns ARM (its name; holds x) and y.
TERMINAL = ARG1; OUT = ARG2; TABLE = ARG3
if (!exists("FOLDER")) FOLDER = ARG0[1:strlen(ARG0) - 10]
load FOLDER . "common.gp"
set xlabel (ARGC >= 4 && ARG4 ne "") ? ARG4 : "x"
set ylabel (ARGC >= 5 && ARG5 ne "") ? ARG5 : "y"
if (ARGC >= 6) { if (strstrt(ARG6, "x")) { set logscale x }; if (strstrt(ARG6, "y")) { set logscale y } }
stats TABLE using 1:2 nooutput
BLOCKS = STATS_blocks
MANY = STATS_records > 400
DIAGONAL = ARGC >= 7 && ARG7 eq "1"
set grid xtics ytics linewidth 0.4 linetype 1 linecolor "#dddddd"
if (BLOCKS > 1 || DIAGONAL) { set key outside top center horizontal maxrows 3 samplen 1.5 } else { set key off }
set offsets graph 0.02, graph 0.02, graph 0.03, graph 0.03
plot (DIAGONAL ? x : NaN) with lines linewidth 0.7 linecolor rgb "#707070" dashtype (4, 3) title (DIAGONAL ? "equal" : ""), \
     for [i = 0:BLOCKS - 1] TABLE index i using 1:2 with points linetype i + 1 linewidth 0.8 \
         pointsize (MANY ? 0.35 : 0.6) title text(columnheader(1))
