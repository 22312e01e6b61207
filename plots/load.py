# SPDX-License-Identifier: Apache-2.0
"""Up to which load does it hold, and what comes then?   /usr/bin/python3 plots/load.py load.csv load.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
