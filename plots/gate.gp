# SPDX-License-Identifier: Apache-2.0
# Has the candidate become slower, and how sure is that?   gnuplot -e "data='gate.csv'; out='gate.svg'" plots/gate.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
