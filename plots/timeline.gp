# SPDX-License-Identifier: Apache-2.0
# What happens when, and how long does it last?   gnuplot -e "data='timeline.csv'; out='timeline.svg'" plots/timeline.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
