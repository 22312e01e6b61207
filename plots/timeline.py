# SPDX-License-Identifier: Apache-2.0
"""What happens when, and how long does it last?   /usr/bin/python3 plots/timeline.py timeline.csv timeline.svg"""
import weirplot

if __name__ == "__main__":
    weirplot.main(__doc__)
