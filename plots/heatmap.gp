# A table of numbers as colours, each cell with a few letters in it: what every layer would say next (logit lens).
#   gnuplot -c plots/heatmap.gp png|pdf OUT TABLE [XLABEL [YLABEL [VALUE]]]     VALUE: words beside the colour scale
# TABLE: a row a cell, all cells of row 0 first, then those of row 1: column, row (numbers from 0), value, text,
# column_name, row_name.
TERMINAL = ARG1; OUT = ARG2; TABLE = ARG3
if (!exists("FOLDER")) FOLDER = ARG0[1:strlen(ARG0) - 10]
set datafile separator tab
stats TABLE using 1:2 nooutput
COLUMNS = int(STATS_max_x) + 1
ROWS = int(STATS_max_y) + 1
WIDTH = COLUMNS <= 5 ? 8.5 : 17.5
HEIGHT = 2.8 + (ROWS < 4 ? 2.2 : 0.55 * ROWS)
load FOLDER . "common.gp"
LETTERS = int(((WIDTH - 3.2) / COLUMNS) / 0.165)
if (LETTERS < 2) { LETTERS = 2 }
short(s) = strlen(s) <= LETTERS ? s : LETTERS > 2 ? s[1:LETTERS - 1] . "…" : s[1:2]
set xlabel (ARGC >= 4 && ARG4 ne "") ? ARG4 : ""
set ylabel (ARGC >= 5 && ARG5 ne "") ? ARG5 : "layer"
set label 1 (ARGC >= 6 && ARG6 ne "") ? ARG6 : "value" at graph 1.045, graph 1 right offset 0, 0.8 font ",7"
set tmargin 2
stats TABLE using 3 nooutput
LOW = STATS_min; HIGH = STATS_max
MIDDLE = (LOW + HIGH) / 2
unset grid
unset key
set border 0
set tics scale 0
set xrange [-0.5:COLUMNS - 0.5]
set yrange [-0.5:ROWS - 0.5]
set xtics rotate by -45 left font ",7"
set colorbox user origin graph 1.02, graph 0 size graph 0.025, graph 1
set cbtics font ",7"
set cbtics round((HIGH - LOW) / 3)
set rmargin 7
if (LOW < 0 && HIGH > 0) {
    # Signed values: blue below zero, orange above.
    MOST = HIGH > -LOW ? HIGH : -LOW
    set cbrange [-MOST:MOST]
    set palette defined (-1 "#0072B2", 0 "#ffffff", 1 "#D55E00")
    ink(v) = abs(v) > 0.75 * MOST ? 0xffffff : 0x202020
} else {
    set palette defined (0 "#ffffff", 0.5 "#7fb8d8", 1 "#00446b")
    ink(v) = v > LOW + 0.6 * (HIGH - LOW) ? 0xffffff : 0x202020
}
plot TABLE using 1:2:3 every ::1 with image pixels, \
     TABLE using 1:(-9):xticlabels(text(strcol(5))) every ::1::COLUMNS with points, \
     TABLE using (-9):2:yticlabels(text(strcol(6))) every COLUMNS::1 with points, \
     TABLE using 1:2:(short(text(strcol(4)))):(ink($3)) every ::1 with labels font ",7" textcolor rgb variable
