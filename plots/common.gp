# What every figure shares. A script calls this with ARG1, ARG2 = TERMINAL OUT of its own and WIDTH, HEIGHT in cm set.
#
# TERMINAL is "png" (300 dots per inch, twice the size it is shown in) or "pdf". A figure is 8.5 cm wide, one column
# of a two-column paper, with text of 7 to 8 points.
#
# A figure's table has a header row; a second, third, ... curve follows in blocks, each behind two blank lines and
# with a header row of its own, whose first name is the curve's. In text, \t \n \r \\ stand for a tab, newline,
# carriage return and backslash.

if (!exists("WIDTH")) WIDTH = 8.5
if (!exists("HEIGHT")) HEIGHT = 5.7
if (TERMINAL eq "png") {
    set terminal pngcairo noenhanced font "DejaVu Sans,8" fontscale 3.125 linewidth 3.125 pointscale 2.6 \
        background "white" size WIDTH / 2.54 * 300, HEIGHT / 2.54 * 300
} else {
    set terminal pdfcairo noenhanced font "DejaVu Sans,8" fontscale 1 linewidth 1.1 pointscale 0.9 rounded \
        background "white" size WIDTH cm, HEIGHT cm
}
set output OUT
set encoding utf8
set datafile separator tab
set datafile missing "nan"

# Okabe and Ito's colours (2008), told apart with every common form of colour blindness, in an order whose
# neighbours differ in lightness too; dashes and point shapes repeat the difference in black and white.
array COLOR[8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7A7A7A"]
color(i) = COLOR[int(i) % 8 + 1]
set linetype 1 linewidth 1.3 linecolor rgb color(0) dashtype solid pointtype 7
set linetype 2 linewidth 1.3 linecolor rgb color(1) dashtype (9, 3) pointtype 5
set linetype 3 linewidth 1.3 linecolor rgb color(2) dashtype (9, 2.5, 2, 2.5) pointtype 9
set linetype 4 linewidth 1.3 linecolor rgb color(3) dashtype (3, 2) pointtype 13
set linetype 5 linewidth 1.3 linecolor rgb color(4) dashtype (14, 3) pointtype 11
set linetype 6 linewidth 1.3 linecolor rgb color(5) dashtype (9, 2.5, 2, 2.5, 2, 2.5) pointtype 6
set linetype 7 linewidth 1.3 linecolor rgb color(6) dashtype (1.5, 2) pointtype 4
set linetype 8 linewidth 1.3 linecolor rgb color(7) dashtype (5, 2) pointtype 8
set linetype cycle 8

text(s) = (strstrt(s, "\\") == 0) ? s : text_at(s, strstrt(s, "\\"))
text_at(s, i) = s[1:i - 1] . (s[i + 1:i + 1] eq "\\" ? "\\" : " ") . text(s[i + 2:])

set border 3 linewidth 0.6 linecolor "#404040"
set tics nomirror out scale 0.5 textcolor "#202020"
set xtics font ",7"
set ytics font ",7"
set grid ytics linewidth 0.4 linetype 1 linecolor "#dddddd"
set key top left reverse Left samplen 2.5 spacing 1.05 font ",7" noenhanced opaque
set key noautotitle
set xlabel offset 0, 0.3
set ylabel offset 0.3, 0
set format y "%g"
set style fill solid 1 noborder
hex(c) = int(strstrt("0123456789ABCDEF", c)) - 1
rgb(i) = rgb_of(color(i))
rgb_of(s) = ((((hex(s[2:2]) * 16 + hex(s[3:3])) * 16 + hex(s[4:4])) * 16 + hex(s[5:5])) * 16 + hex(s[6:6])) * 16 + hex(s[7:7])
# The round number nearest to d, for the space between two tics.
round(d) = d <= 0 ? 1 : 10 ** floor(log10(d)) * rounder(d / 10 ** floor(log10(d)))
rounder(m) = m < 1.5 ? 1 : m < 3 ? 2 : m < 7 ? 5 : 10
