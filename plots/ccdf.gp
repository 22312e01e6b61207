# SPDX-License-Identifier: Apache-2.0
# How heavy is the tail, and how much of it is waiting before the door?   gnuplot -e "data='ccdf.csv'; out='ccdf.svg'" plots/ccdf.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
