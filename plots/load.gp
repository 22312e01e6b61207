# SPDX-License-Identifier: Apache-2.0
# Up to which load does it hold, and what comes then?   gnuplot -e "data='load.csv'; out='load.svg'" plots/load.gp
here = ARG0
while (strlen(here) > 0 && here[strlen(here):] ne "/") { here = here[1:strlen(here) - 1] }
load here."style.gp"
load here."weirplot.gp"
