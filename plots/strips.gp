# SPDX-License-Identifier: Apache-2.0
# How far do repetitions of the same lie apart?   gnuplot -e "data='strips.csv'; out='strips.svg'" plots/strips.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
