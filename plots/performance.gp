# SPDX-License-Identifier: Apache-2.0
# docs/performance.svg: what a hand-off costs, one panel a case. Called by `tools/performance page`, which sets
#   data          a folder with panel0.tsv .. panel5.tsv. Two comment lines: the title; "limit", the machine's limit or 0,
#                 and the distance it is of. Then queue, median, low, high (ns an item), near or far, the cheapest first.
#   output_file   the SVG
# Made to be read at a width of 700 pixels.
set encoding utf8
set terminal svg noenhanced size 800,1040 font "Helvetica,14" background "white"
set output output_file
set datafile separator "\t"
set multiplot layout 3,2
set lmargin 15
set rmargin 2
set tmargin 2.6
set bmargin 3.2
set logscale x
set grid x lc rgb "#dddddd" lt 1
set border 3 lc rgb "#666666"
set tics nomirror out
set format x "%g"
set ytics font ",13"
set xtics font ",12"
unset key
ours = "spsc mpmc disruptor channel mutex unbounded"
# Okabe and Ito's blue for our queues, grey for the peers.
colour(q) = (strstrt(" ".ours." ", " ".q." ") > 0) ? 0x0072B2 : 0x808080
line(f, n) = system(sprintf("sed -n %dp '%s' | cut -c3-", n, f))
do for [i = 0:5] {
    f = sprintf("%s/panel%d.tsv", data, i)
    set title line(f, 1) font ",14" offset -5,-0.3
    set xlabel "ns per item (log)" offset 0,0.5 font ",12"
    set xrange [*:*]
    set yrange [*:*]
    stats f using 2 nooutput name "M"
    stats f using 4 nooutput name "H"
    limit = word(line(f, 2), 2) + 0
    low = (limit > 0 && limit < M_min) ? limit : M_min
    high = H_max > M_max * 4 ? M_max * 4 : H_max
    # Room to the right for the figures beside the dots.
    set xrange [low * 0.6:high * (high / low) ** 0.45 * 1.5]
    # Three tics a decade where there is room for them.
    if ((high / low) ** 1.45 * 2.5 < 150) {
        set xtics (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
    } else {
        set xtics (0.1, 1, 10, 100, 1000, 10000, 100000)
    }
    set yrange [M_records - 0.2:-0.6]
    unset arrow
    unset label
    if (limit > 0) {
        set arrow from limit, graph 0 to limit, graph 1 nohead lc rgb "#D55E00" dt 2 lw 1.5
        set label sprintf("limit, %s: %.2g", word(line(f, 2), 3), limit) at limit, graph 0.05 offset 0.5,0 \
            tc rgb "#D55E00" font ",12"
    }
    # Dots, not bars: a logarithmic axis has no zero for a bar to stand on. Hollow where the cores were near.
    is(d, what) = d eq what ? 1 : NaN
    top(m, h) = h > m ? (h > high ? high : h) : m
    plot f using 2:0:3:(top($2, $4)):(colour(strcol(1))):ytic(1) with xerrorbars lc rgb variable pt 7 ps 0.8 lw 2, \
         f using ($2 * is(strcol(5), "near")):0 with points pt 7 ps 0.45 lc rgb "white", \
         f using (top($2, $4)):0:(sprintf($2 < 999.5 ? "%.3g" : "%.0f", $2)) with labels left offset 0.8,0 font ",12"
}
unset multiplot
