# SPDX-License-Identifier: Apache-2.0
"""What does a hand-off cost, and what could it cost at best?   /usr/bin/python3 plots/bars.py bars.csv bars.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
