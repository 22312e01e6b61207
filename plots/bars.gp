# SPDX-License-Identifier: Apache-2.0
# What does a hand-off cost, and what could it cost at best?   gnuplot -e "data='bars.csv'; out='bars.svg'" plots/bars.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
