# SPDX-License-Identifier: Apache-2.0
# Which queue is faster than which, and how sure is that?   gnuplot -e "data='forest.csv'; out='forest.svg'" plots/forest.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
