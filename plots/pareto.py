# SPDX-License-Identifier: Apache-2.0
"""Which choice loses least for its latency?   /usr/bin/python3 plots/pareto.py pareto.csv pareto.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
