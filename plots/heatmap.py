# SPDX-License-Identifier: Apache-2.0
"""Do all records wait alike, and when do they wait?   /usr/bin/python3 plots/heatmap.py heatmap.csv heatmap.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
