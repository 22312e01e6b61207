# SPDX-License-Identifier: Apache-2.0
"""Which queue is faster than which, and how sure is that?   /usr/bin/python3 plots/forest.py forest.csv forest.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
