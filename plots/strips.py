# SPDX-License-Identifier: Apache-2.0
"""How far do repetitions of the same lie apart?   /usr/bin/python3 plots/strips.py strips.csv strips.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
