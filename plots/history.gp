# SPDX-License-Identifier: Apache-2.0
# When has a cell become slower or faster, and by how much?   gnuplot -e "data='history.csv'; out='history.svg'" plots/history.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
