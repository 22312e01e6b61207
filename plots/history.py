# SPDX-License-Identifier: Apache-2.0
"""When has a cell become slower or faster, and by how much?   /usr/bin/python3 plots/history.py history.csv history.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
