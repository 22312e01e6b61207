# SPDX-License-Identifier: Apache-2.0
"""Draws any figure's CSV; weirplot.gp is its twin for gnuplot. Everything is decided in the CSV (harness/figure/sheet.h
says what its columns and marks mean), nothing is here. Wants matplotlib and numpy, nothing else."""
import csv
import logging
import os
import sys

import matplotlib

matplotlib.rcdefaults()  # not those of whoever runs it
matplotlib.use("Agg")
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # the second choices of font.family may be absent
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib.collections import PolyCollection  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402

INK = "#222222"
# Lengths in points, as style.gp's.
DASHES = {"": "-", "solid": "-", "dash": (0, (4.5, 2)), "dot": (0, (1.2, 1.6)), "dashdot": (0, (4.5, 1.6, 1.2, 1.6)),
          "longdash": (0, (9, 2.2)), "dashdotdot": (0, (4.5, 1.6, 1.2, 1.6, 1.2, 1.6)),
          "longdashdot": (0, (9, 1.8, 1.2, 1.8))}
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "down": "v", "diamond": "D", "pentagon": "p", "plus": "+",
           "cross": "x", "star": "*"}
NUMBERS = ("x", "y", "x_lo", "x_hi", "y_lo", "y_hi", "size")


class Row:  # pylint: disable=too-few-public-methods
    """A row of the CSV; an empty number is nan."""

    def __init__(self, fields):
        self.__dict__.update(fields)
        self.panel, self.series = int(fields["panel"]), int(fields["series"])
        for name in NUMBERS:
            setattr(self, name, float(fields[name]) if fields[name] else float("nan"))


def read(path):
    """The rows of a figure's CSV, or an exit with what is wrong."""
    try:
        with open(path, newline="", encoding="utf-8") as f:
            rows = [Row(fields) for fields in csv.DictReader(f)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        sys.exit(f"{path}: not a figure's CSV: {error}")
    if not rows or rows[0].mark != "figure":
        sys.exit(f"{path}: not a figure's CSV: its first row is no figure")
    return rows


def runs(rows, mark, panel):
    """The rows of each series of that mark in the panel."""
    found = {}
    for row in rows:
        if row.mark == mark and row.panel == panel:
            found.setdefault(row.series, []).append(row)
    return found.values()


def column(rows, name):
    """One column as an array."""
    return np.array([getattr(row, name) for row in rows])


def write(fig, row, colour, bold):
    """A text at its place: its baseline is set so that the middle of small letters is there."""
    width, height = fig.get_size_inches() * 72
    weight = "bold" if bold else "normal"
    drop = 0.36 * row.size
    if row.anchor == "up":
        fig.text(row.x + drop / width, row.y, row.text, ha="center", va="baseline", rotation=90, rotation_mode="anchor",
                 color=colour, fontsize=row.size, fontweight=weight)
    else:
        fig.text(row.x, row.y - drop / height, row.text, ha=row.anchor, va="baseline", color=colour, fontsize=row.size,
                 fontweight=weight)


def set_axis(axis, rows, mark, name):
    """Ticks as the CSV has them, grid lines at the major ones."""
    ticks = [row for row in rows if row.mark == mark]
    major = [row for row in ticks if row.style == "major"]
    axis.set_major_locator(matplotlib.ticker.FixedLocator([getattr(row, name) for row in major]))
    axis.set_major_formatter(matplotlib.ticker.FixedFormatter([row.text for row in major]))
    axis.set_minor_locator(matplotlib.ticker.FixedLocator([getattr(row, name) for row in ticks if row.style == "minor"]))
    axis.set_minor_formatter(matplotlib.ticker.NullFormatter())


def draw_marks(ax, rows, panel):
    """Everything inside a frame, in the order of sheet.h."""
    mine = [row for row in rows if row.panel == panel]
    rects = [row for row in mine if row.mark == "rect"]
    if rects:
        corners = [[(r.x_lo, r.y_lo), (r.x_hi, r.y_lo), (r.x_hi, r.y_hi), (r.x_lo, r.y_hi)] for r in rects]
        ax.add_collection(PolyCollection(corners, facecolors=[r.colour for r in rects], edgecolors="none", zorder=1.1),
                          autolim=False)
    for run in runs(mine, "band", panel):
        ax.fill_between(column(run, "x"), column(run, "y_lo"), column(run, "y_hi"), color=run[0].colour, linewidth=0, zorder=1.2)
    for r in mine:
        if r.mark == "rule":
            ax.add_line(Line2D([r.x_lo, r.x_hi], [r.y_lo, r.y_hi], color=r.colour, linestyle=DASHES[r.style], linewidth=r.size,
                               zorder=1.3))
    for mark, drawstyle in (("line", "default"), ("step", "steps-post")):
        for run in runs(mine, mark, panel):
            ax.add_line(Line2D(column(run, "x"), column(run, "y"), color=run[0].colour, linestyle=DASHES[run[0].style],
                               linewidth=run[0].size, drawstyle=drawstyle, zorder=2))
    for r in mine:
        if r.mark == "cross":
            ax.errorbar([r.x], [r.y], xerr=[[r.x - r.x_lo], [r.x_hi - r.x]], yerr=[[r.y - r.y_lo], [r.y_hi - r.y]], fmt="none",
                        ecolor=r.colour, elinewidth=0.8, capsize=1.5, capthick=0.8, zorder=3)
        if r.mark == "point":
            name = r.marker.removeprefix("open_")
            filled = name == r.marker and name not in ("plus", "cross", "star")
            ax.plot([r.x], [r.y], marker=MARKERS[name], markersize=r.size * (0.75 if name == "diamond" else 1), linestyle="none",
                    color=r.colour, zorder=4, markeredgewidth=0.9,
                    markerfacecolor=r.colour if filled else "none", clip_on=False)


def draw_panel(fig, rows, head):
    """One panel: its frame, its axes, its marks."""
    mine = [row for row in rows if row.panel == head.panel]
    ax = fig.add_axes([head.x_lo, head.y_lo, head.x_hi - head.x_lo, head.y_hi - head.y_lo])
    for row in mine:
        if row.mark == "axis_x":
            ax.set_xscale(row.style)
            ax.set_xlim(row.x_lo, row.x_hi)
        if row.mark == "axis_y":
            ax.set_yscale(row.style)
            ax.set_ylim(row.y_lo, row.y_hi)
        if row.mark in ("axis_x", "axis_y"):
            write(fig, row, INK, False)
    write(fig, head, INK, True)
    set_axis(ax.xaxis, mine, "tick_x", "x")
    set_axis(ax.yaxis, mine, "tick_y", "y")
    ax.grid(True, which="major")
    draw_marks(ax, rows, head.panel)


def draw(rows, out):
    """The picture, in the format that the file's name ends in, with nothing in it that differs from run to run."""
    fig = plt.figure(figsize=(rows[0].x, rows[0].y))
    for row in rows:
        if row.mark == "panel":
            draw_panel(fig, rows, row)
    for row in rows:
        if row.mark == "leader":
            fig.add_artist(Line2D([row.x_lo, row.x_hi], [row.y_lo, row.y_hi], color=row.colour, linewidth=row.size))
        if row.mark == "text":
            write(fig, row, row.colour, row.style == "bold")
    metadata = {".svg": {"Date": None, "Title": rows[0].text}, ".pdf": {"CreationDate": None, "Title": rows[0].text},
                ".png": {"Software": None, "Title": rows[0].text}}
    ending = os.path.splitext(out)[1]
    if ending not in metadata:
        sys.exit(f"{out}: the picture's name must end in .svg, .pdf or .png")
    fig.savefig(out, metadata=metadata[ending])
    plt.close(fig)


def main(usage):
    """What every plots/NAME.py is: DATA.csv OUT.svg, or several OUTs."""
    if len(sys.argv) < 3:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} FIGURE.csv PICTURE.svg|.pdf|.png...\n{usage}")
    plt.style.use(os.path.join(os.path.dirname(os.path.abspath(__file__)), "style.mplstyle"))
    rows = read(sys.argv[1])
    for out in sys.argv[2:]:
        draw(rows, out)
