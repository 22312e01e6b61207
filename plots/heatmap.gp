# SPDX-License-Identifier: Apache-2.0
# Do all records wait alike, and when do they wait?   gnuplot -e "data='heatmap.csv'; out='heatmap.svg'" plots/heatmap.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
