# SPDX-License-Identifier: Apache-2.0
"""How long do records take, up to the slowest of many?   /usr/bin/python3 plots/latency.py latency.csv latency.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
