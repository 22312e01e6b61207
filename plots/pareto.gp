# SPDX-License-Identifier: Apache-2.0
# Which choice loses least for its latency?   gnuplot -e "data='pareto.csv'; out='pareto.svg'" plots/pareto.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
