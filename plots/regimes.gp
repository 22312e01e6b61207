# SPDX-License-Identifier: Apache-2.0
# Which strategy is best at which load and burstiness?   gnuplot -e "data='regimes.csv'; out='regimes.svg'" plots/regimes.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
