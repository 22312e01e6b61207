# SPDX-License-Identifier: Apache-2.0
# How much is lost, at which load, and for which reason?   gnuplot -e "data='loss.csv'; out='loss.svg'" plots/loss.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
