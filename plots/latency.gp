# SPDX-License-Identifier: Apache-2.0
# How long do records take, up to the slowest of many?   gnuplot -e "data='latency.csv'; out='latency.svg'" plots/latency.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
