# SPDX-License-Identifier: Apache-2.0
"""Which strategy is best at which load and burstiness?   /usr/bin/python3 plots/regimes.py regimes.csv regimes.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
