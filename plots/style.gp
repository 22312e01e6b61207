# SPDX-License-Identifier: Apache-2.0
# The look of every picture by gnuplot; style.mplstyle is its twin for matplotlib. Wants `data` (a figure's CSV) and `out`
# (a file that ends in .svg, .pdf or .png), gives a terminal of the picture's final size and the plain axes.
if (!exists("data") || !exists("out")) {
    print "usage: gnuplot -e \"data='FIGURE.csv'; out='FIGURE.svg'\" plots/FIGURE.gp"
    exit status 2
}
set encoding utf8
set datafile separator comma
set datafile columnheaders
stats data every ::0::0 using (W = column("x"), H = column("y"), HEAD = strcol("mark"), 0) nooutput
if (HEAD ne "figure") {
    print sprintf("%s: not a figure's CSV: its first row is no figure", data)
    exit status 2
}

# Sizes are in points (1/72 inch) whatever the terminal counts in: FS times that is its font size, PS its point size.
FONT = "DejaVu Sans"
EXT = strlen(out) > 4 ? out[strlen(out) - 3:] : ""
if (EXT eq ".pdf") {
    FS = 1.5
    PS = 0.162
    set terminal pdfcairo enhanced size W,H font sprintf("%s,%g", FONT, 8 * FS) linewidth 2 background "#ffffff"
}
if (EXT eq ".png") {
    FS = 1.0
    PS = 0.162
    set terminal pngcairo enhanced size int(W * 300 + 0.5),int(H * 300 + 0.5) font sprintf("%s,%g", FONT, 8) \
        fontscale 300.0 / 96 linewidth 300.0 / 72 pointscale 300.0 / 72 background "#ffffff"
}
if (EXT eq ".svg") {
    FS = 96.0 / 72
    PS = 0.15
    set terminal svg enhanced size int(W * 96 + 0.5),int(H * 96 + 0.5) fixed font sprintf("%s,%g", FONT, 8 * FS) \
        dashlength 0.5 linewidth 96.0 / 72 background "#ffffff"
}
if (!exists("FS")) {
    print sprintf("%s: the picture's name must end in .svg, .pdf or .png", out)
    exit status 2
}
set output out

INK = "#222222"
GRID = "#e4e4e4"
set border 3 lw 0.6 lc rgb INK
TIC_FONT = sprintf(",%g", 8 * FS)
set tics nomirror noenhanced out scale 0.35,0.2 textcolor rgb INK font TIC_FONT
set xtics offset 0,(EXT eq ".svg" ? 0.6 : 0.35)
set ytics offset 0.55,0
set grid xtics ytics back lt 1 lw 0.4 lc rgb GRID
set errorbars 0.5
set key off
unset title
set samples 2
# Lengths of dashes and gaps in points, as weirplot.py's. gnuplot counts them in quarters of the line's width.
d2(w, a, b) = sprintf("(%g,%g)", 4 * a / w, 4 * b / w)
d4(w, a, b, c, d) = sprintf("(%g,%g,%g,%g)", 4 * a / w, 4 * b / w, 4 * c / w, 4 * d / w)
d6(w, a, b, c, d) = sprintf("(%g,%g,%g,%g,%g,%g)", 4 * a / w, 4 * b / w, 4 * c / w, 4 * d / w, 4 * c / w, 4 * d / w)
dash_of(s, w) = s eq "dash" ? d2(w, 4.5, 2) : s eq "dot" ? d2(w, 1.2, 1.6) : s eq "dashdot" ? d4(w, 4.5, 1.6, 1.2, 1.6) : \
                s eq "longdash" ? d2(w, 9, 2.2) : s eq "dashdotdot" ? d6(w, 4.5, 1.6, 1.2, 1.6) : \
                s eq "longdashdot" ? d4(w, 9, 1.8, 1.2, 1.8) : "1"
marker_of(s) = s eq "circle" ? 7 : s eq "square" ? 5 : s eq "triangle" ? 9 : s eq "down" ? 11 : s eq "diamond" ? 13 : \
               s eq "pentagon" ? 15 : s eq "open_circle" ? 6 : s eq "open_square" ? 4 : s eq "open_triangle" ? 8 : \
               s eq "open_down" ? 10 : s eq "open_diamond" ? 12 : s eq "open_pentagon" ? 14 : s eq "plus" ? 1 : \
               s eq "cross" ? 2 : s eq "star" ? 3 : 7
rgb_of(s) = ("0x".s[2:7]) + 0
