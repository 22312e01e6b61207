# SPDX-License-Identifier: Apache-2.0
# docs/performance.svg: what a hand-off costs, one panel a case. Called by `tools/performance page`, which sets
#   data          a folder with panel0.tsv .. panel5.tsv: queue, median, low, high, limit (ns an item)
#   titles        the panels' titles, separated by |
#   output_file   the SVG
set encoding utf8
set terminal svg noenhanced size 960,900 font "Helvetica,12" background "white"
set output output_file
set datafile separator "\t"
set multiplot layout 3,2 margins 0.13,0.97,0.065,0.95 spacing 0.17,0.105
set logscale x
set xlabel "ns per item (logarithmic), median and 95 % interval" offset 0,0.4 font ",10"
set grid x y lc rgb "#dddddd" lt 1
set border 3 lc rgb "#666666"
set tics nomirror out
unset key
ours = "spsc mpmc disruptor channel mutex unbounded"
# Okabe and Ito's blue for our queues, grey for the peers.
colour(q) = (strstrt(" ".ours." ", " ".q." ") > 0) ? 0x0072B2 : 0x999999
title(i) = system(sprintf("printf '%%s' '%s' | cut -d'|' -f%d", titles, i + 1))
do for [i = 0:5] {
    f = sprintf("%s/panel%d.tsv", data, i)
    set title title(i) font ",13" offset 0,-0.6
    set xrange [*:*]
    set yrange [*:*]
    stats f using 2 nooutput name "M"
    set yrange [M_records - 0.4:-0.6]
    limit = system(sprintf("awk -F'\t' '!/^#/ && $5 != \"nan\" { print $5; exit }' %s", f)) + 0
    low = (limit > 0 && limit < M_min) ? limit : M_min
    set xrange [low * 0.6:M_max * 3]
    unset arrow
    unset label
    if (limit > 0) {
        set arrow from limit, graph 0 to limit, graph 1 nohead lc rgb "#D55E00" dt 2 lw 1.5
        set label "the machine's limit" at limit, graph 0.05 offset 0.4,0 tc rgb "#D55E00" font ",9"
    }
    # Dots, not bars: a logarithmic axis has no zero for a bar to stand on.
    plot f using 2:0:3:4:(colour(strcol(1))):ytic(1) with xerrorbars lc rgb variable pt 7 ps 0.75 lw 2, \
         f using ($4 > $2 ? $4 : $2):0:(sprintf("%.3g", $2)) with labels left offset 0.8,0 font ",10"
}
unset multiplot
