# SPDX-License-Identifier: Apache-2.0
"""How heavy is the tail, and how much of it is waiting before the door?   /usr/bin/python3 plots/ccdf.py ccdf.csv ccdf.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
