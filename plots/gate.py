# SPDX-License-Identifier: Apache-2.0
"""Has the candidate become slower, and how sure is that?   /usr/bin/python3 plots/gate.py gate.csv gate.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
