# The latent space of an autoencoder in two dimensions: real examples as their labels, dreams as paths over them.
#   gnuplot -c plots/latent.gp png|pdf OUT POINTS [PATHS [XLABEL [YLABEL]]]
# POINTS: the columns x, y, label (what is drawn), number (of its colour); behind two blank lines, where the labels
# are only marks, the same columns with the name at the middle of each class.
# PATHS: the columns arm, restart, step, x, y, label, a blank line between paths.
TERMINAL = ARG1; OUT = ARG2; POINTS = ARG3
if (!exists("FOLDER")) FOLDER = ARG0[1:strlen(ARG0) - 9]
HEIGHT = 8.5
load FOLDER . "common.gp"
set xlabel (ARGC >= 5 && ARG5 ne "") ? ARG5 : "first principal component of the latent"
set ylabel (ARGC >= 6 && ARG6 ne "") ? ARG6 : "second principal component of the latent"
stats POINTS using 1 nooutput
NAMED = STATS_blocks > 1
unset grid
set border 15 linewidth 0.6 linecolor "#404040"
set key outside top center horizontal samplen 2
set style textbox opaque noborder fillcolor rgb "#40ffffff" margins 0.3, 0.2
# Ten labels, eight colours: the label itself is drawn, so a colour may come twice. Halfway to white, so that the
# dreams stand out.
tone(label) = ((rgb(label) >> 1) & 0x7f7f7f) + 0x707070
if (ARGC >= 4 && ARG4 ne "") {
    PATHS = ARG4
    # The last step of all paths, for their end marks.
    stats PATHS using 3 nooutput
    LAST = STATS_max
    plot POINTS index 0 using 1:2:(text(strcol(3))):(tone($4)) every ::1 with labels font ",5" textcolor rgb variable, \
         PATHS using 4:5 every ::1 with lines linewidth 2.4 dashtype solid linecolor rgb "white" notitle, \
         PATHS using 4:5 every ::1 with lines linewidth 1 dashtype solid linecolor rgb "black" title "dream", \
         PATHS using ($3 == 0 ? $4 : NaN):5 with points pointtype 7 pointsize 0.65 linecolor rgb "white" notitle, \
         PATHS using ($3 == 0 ? $4 : NaN):5 with points pointtype 6 pointsize 0.6 linewidth 1 \
             linecolor rgb "black" title "its start", \
         PATHS using ($3 == LAST ? $4 : NaN):5 with points pointtype 5 pointsize 0.75 linecolor rgb "black" title "its end", \
         PATHS using ($3 == LAST ? $4 : NaN):5:(text(strcol(6))) with labels font ",7" offset 0.9, 0.5 \
             textcolor rgb "black" notitle, \
         for [i = 1:NAMED] POINTS index 1 using 1:2:(text(strcol(3))) every ::1 with labels boxed font ",7" \
             offset 0, 1.2 notitle
} else {
    plot POINTS index 0 using 1:2:(text(strcol(3))):(tone($4)) every ::1 with labels font ",5" textcolor rgb variable, \
         for [i = 1:NAMED] POINTS index 1 using 1:2:(text(strcol(3))) every ::1 with labels boxed font ",7" notitle
}
