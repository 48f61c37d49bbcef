# One measure as bars: a bar an arm, or a group of bars a target with a bar an arm in each.
#   gnuplot -c plots/bars.gp png|pdf OUT TABLE [XLABEL [YLABEL [LOGS]]]     LOGS: "" or "y"
# TABLE: a row a group: its number from 0, its name, then a column a bar of the group, named after it. With one bar
# a group the bars carry their values and a colour each.
TERMINAL = ARG1; OUT = ARG2; TABLE = ARG3
if (!exists("FOLDER")) FOLDER = ARG0[1:strlen(ARG0) - 7]
set datafile separator tab
stats TABLE using 1 nooutput
GROUPS = STATS_records
BARS = STATS_columns - 2
if (BARS > 1 && GROUPS * BARS > 24) { WIDTH = 17.5 }
load FOLDER . "common.gp"
if (ARGC >= 4 && ARG4 ne "") { set xlabel ARG4 }
set ylabel (ARGC >= 5 && ARG5 ne "") ? ARG5 : "value"
if (ARGC >= 6 && strstrt(ARG6, "y")) { set logscale y } else { set yrange [*<0:*] }
if (ARGC >= 5 && strstrt(ARG5, "share")) { set yrange [0:1.1]; set ytics 0, 0.2, 1 }
set xrange [-0.5:GROUPS - 0.5]
set xtics scale 0
if (GROUPS > 4) { set xtics rotate by 35 right }
if (BARS > 1) { set key outside top center horizontal samplen 1 }
set boxwidth 0.8 / BARS
number(v) = (v != v) ? "" : (abs(v) >= 1e6 || (v != 0 && abs(v) < 0.001)) ? sprintf("%.1e", v) : \
    abs(v) >= 1000 ? sprintf("%.0f", v) : sprintf("%.3g", v)
set offsets 0, 0, graph 0.08, 0
at(i) = (i - (BARS - 1) / 2.0) * 0.8 / BARS
if (BARS == 1) {
    plot TABLE using 1:3:(rgb($1)):xticlabels(text(strcol(2))) every ::1 with boxes linecolor rgb variable, \
         TABLE using 1:3:(number($3)) every ::1 with labels offset 0, 0.6 font ",7" textcolor rgb "#202020"
} else {
    plot for [i = 0:BARS - 1] TABLE using ($1 + at(i)):i + 3 with boxes linecolor rgb color(i) \
             title text(columnheader(i + 3)), \
         TABLE using 1:(NaN):xticlabels(text(strcol(2))) every ::1 with points notitle
}
