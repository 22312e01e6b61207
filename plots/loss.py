# SPDX-License-Identifier: Apache-2.0
"""How much is lost, at which load, and for which reason?   /usr/bin/python3 plots/loss.py loss.csv loss.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
