# Measures over the size of the latent, one panel a measure, stacked over one logarithmic axis.
#   gnuplot -c plots/sweep.gp png|pdf OUT TABLE [XLABEL [PANEL [PANEL [PANEL [PANEL]]]]]
# TABLE: the size in the first column, a measure in each of the others. A PANEL is "TITLE:COLUMNS", the columns it
# draws by number: "mean squared error:2", "Fréchet distance:4,7"; several columns are named by the header row.
# Without panels the columns 2 to 4 make one each.
TERMINAL = ARG1; OUT = ARG2; TABLE = ARG3
if (!exists("FOLDER")) FOLDER = ARG0[1:strlen(ARG0) - 8]
set datafile separator tab
stats TABLE using 1 nooutput
LOW = STATS_min; HIGH = STATS_max
ALL = STATS_columns
PANELS = ARGC > 4 ? ARGC - 4 : (ALL > 4 ? 3 : ALL - 1)
HEIGHT = 1.4 + 2.7 * PANELS
load FOLDER . "common.gp"
XLABEL = (ARGC >= 4 && ARG4 ne "") ? ARG4 : "latent size k"
panel(n) = n == 1 ? ARG5 : n == 2 ? ARG6 : n == 3 ? ARG7 : n == 4 ? ARG8 : ARG9
title(n) = ARGC > 4 ? panel(n)[1:strstrt(panel(n), ":") - 1] : name(n + 1)
# "2,5,7" as "2 5 7"
spaced(s) = strstrt(s, ",") ? s[1:strstrt(s, ",") - 1] . " " . spaced(s[strstrt(s, ",") + 1:]) : s
list(n) = ARGC > 4 ? spaced(panel(n)[strstrt(panel(n), ":") + 1:]) : sprintf("%d", n + 1)

array NAME[16]
grab(i, s) = (NAME[i] = text(s), 0)
if (ARGC <= 4) { do for [i = 2:PANELS + 1] { stats TABLE using (grab(i, strcol(i))) every ::0::0 nooutput } }
name(i) = NAME[i]

# A mark at every size that was run, and no other; named under the last panel.
TICS = ""
NAMED = ""
note(k) = (k != k) ? k : (TICS = TICS . sprintf("%s'' %g", TICS eq "" ? "" : ", ", k), \
                          NAMED = NAMED . sprintf("%s'%g' %g", NAMED eq "" ? "" : ", ", k, k), k)
stats TABLE using (note($1)) every ::1 nooutput
set logscale x 2
set xrange [LOW / 1.15:HIGH * 1.15]
set offsets 0, 0, graph 0.1, graph 0.1
set lmargin 8
set rmargin 1.5
set key at graph 1, graph 1.02 right bottom horizontal samplen 2
TOP = 0.15 / HEIGHT
SPAN = (1 - TOP - 1.2 / HEIGHT) / PANELS
set multiplot
do for [n = 1:PANELS] {
    set tmargin at screen 1 - TOP - (n - 1) * SPAN - 0.45 / HEIGHT
    set bmargin at screen 1 - TOP - n * SPAN + 0.15 / HEIGHT
    eval "set xtics (" . (n == PANELS ? NAMED : TICS) . ")"
    if (n == PANELS) { set xlabel XLABEL }
    set label 1 title(n) at graph 0, graph 1 offset 0, 0.7 left font ",7.5"
    LIST = list(n)
    LEAST = NaN
    MOST = NaN
    do for [i = 1:words(LIST)] {
        stats TABLE using int(word(LIST, i)) nooutput
        LEAST = (LEAST == LEAST && LEAST < STATS_min) ? LEAST : STATS_min
        MOST = (MOST == MOST && MOST > STATS_max) ? MOST : STATS_max
    }
    set ytics round((MOST - LEAST) / 3.5)
    if (words(LIST) > 1) {
        plot for [i = 1:words(LIST)] TABLE using 1:int(word(LIST, i)) with linespoints linetype i pointsize 0.6 \
            title text(columnheader(int(word(LIST, i))))
    } else {
        plot TABLE using 1:int(LIST) every ::1 with linespoints linetype n dashtype solid pointsize 0.6 notitle
    }
}
unset multiplot
