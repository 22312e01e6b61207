# SPDX-License-Identifier: Apache-2.0
# Draws any figure's CSV; weirplot.py is its twin for matplotlib. Everything is decided in the CSV (harness/figure/sheet.h
# says what its columns and marks mean), nothing is here. Wants style.gp before it.

# ---- one pass over the file: what is set (parts), and where the rows of each series begin and end ----
N = 0
stats data using (N = N + 1, 0) nooutput
array PM[N]; array PP[N]; array PT[N]; array PC[N]; array PS_[N]; array PX[N]; array PY[N]; array PA[N]
array XL[N]; array XH[N]; array YL[N]; array YH[N]; array PZ[N]
array SM[N]; array SP[N]; array SC[N]; array SD[N]; array SZ[N]; array SF[N]; array SL[N]
parts = 0
series = 0
last = ""
row = -1
is_data(m) = m eq "line" || m eq "step" || m eq "band" || m eq "point" || m eq "cross" || m eq "rect" || m eq "rule"
# Points, crosses and rectangles carry their looks in each row, so all of a panel's are one series here.
# Rules have their own, one by one.
key_of(m, p, s) = sprintf("%s %d %d", m, p, m eq "rule" ? row : m eq "line" || m eq "step" || m eq "band" ? s : 0)
take_part(m) = (parts = parts + 1, PM[parts] = m, PP[parts] = column("panel"), PT[parts] = strcol("text"), \
                PC[parts] = strcol("colour"), PS_[parts] = strcol("style"), PX[parts] = column("x"), \
                PY[parts] = column("y"), PA[parts] = strcol("anchor"), XL[parts] = column("x_lo"), \
                XH[parts] = column("x_hi"), YL[parts] = column("y_lo"), YH[parts] = column("y_hi"), \
                PZ[parts] = column("size"), 0)
new_series(m) = (series = series + 1, SM[series] = m, SP[series] = column("panel"), SC[series] = strcol("colour"), \
                 SD[series] = dash_of(strcol("style"), column("size")), SZ[series] = column("size"), SF[series] = row, 0)
take_data(m, key) = (key ne last ? new_series(m) : 0, last = key, SL[series] = row, 0)
stats data using (row = row + 1, is_data(strcol("mark")) \
                  ? take_data(strcol("mark"), key_of(strcol("mark"), column("panel"), column("series"))) \
                  : (last = "", take_part(strcol("mark"))), 0) nooutput

font_of(size) = sprintf("%s,%g", FONT, size * FS)
# What enhanced text takes for an order; only bold text is enhanced, as all terminals know that way to write it.
escape(s) = strlen(s) == 0 ? "" : (strstrt("{}^_@&~\\", s[1:1]) ? "\\".s[1:1] : s[1:1]).escape(s[2:])
bold(s) = sprintf("{/:Bold %s}", escape(s))
# A label of a tick is taken for a format.
percent(s) = strstrt(s, "%") ? s[1:strstrt(s, "%") - 1]."%%".percent(s[strstrt(s, "%") + 1:]) : s

# ---- how each mark is plotted, as the end of "data every ::FIRST::LAST" ----
POINT = "(column('x')):(column('y'))"
RANGES = "(column('x_lo')):(column('x_hi')):(column('y_lo')):(column('y_hi'))"
OWN = "(rgb_of(strcol('colour')))"
line_of(k, kind) = sprintf("using %s with %s lc rgb '%s' lw %g dt %s", POINT, kind, SC[k], SZ[k], SD[k])
clause(k) = SM[k] eq "rect" ? sprintf("using (column('x_lo')):(column('y_lo')):%s:%s with boxxyerror fs solid 1 noborder lc rgb variable", RANGES, OWN) : \
            SM[k] eq "band" ? sprintf("using (column('x')):(column('y_lo')):(column('y_hi')) with filledcurves fs solid 1 noborder lc rgb '%s'", SC[k]) : \
            SM[k] eq "rule" ? sprintf("using (column('x_lo')):(column('y_lo')):(column('x_hi') - column('x_lo')):(column('y_hi') - column('y_lo')) with vectors nohead lc rgb '%s' lw %g dt %s", SC[k], SZ[k], SD[k]) : \
            SM[k] eq "line" ? line_of(k, "lines") : \
            SM[k] eq "step" ? line_of(k, "steps") : \
            SM[k] eq "cross" ? sprintf("using %s:%s:%s with xyerrorbars pt 0 lw 0.8 lc rgb variable", POINT, RANGES, OWN) : \
            sprintf("using %s:(column('size') * PS):(marker_of(strcol('marker'))):%s with points ps variable pt variable lw 0.9 lc rgb variable", POINT, OWN)

set multiplot
panels = 0
do for [i = 1:parts] { if (PM[i] eq "panel") { panels = panels + 1 } }
do for [p = 1:panels] {
    unset label
    unset arrow
    unset logscale
    set xtics () ; set ytics ()
    set format x "" ; set format y ""
    do for [i = 1:parts] {
        if (PP[i] == p) {
            if (PM[i] eq "panel") {
                set lmargin at screen XL[i]; set rmargin at screen XH[i]
                set bmargin at screen YL[i]; set tmargin at screen YH[i]
            }
            if (PM[i] eq "panel") {
                set label i bold(PT[i]) at screen PX[i],PY[i] left enhanced tc rgb INK font font_of(PZ[i])
            }
            if (PM[i] eq "axis_x") { set label i PT[i] at screen PX[i],PY[i] center noenhanced tc rgb INK font font_of(PZ[i]) }
            if (PM[i] eq "axis_y") { set label i PT[i] at screen PX[i],PY[i] center rotate by 90 noenhanced tc rgb INK font font_of(PZ[i]) }
            if (PM[i] eq "axis_x") {
                set xrange [XL[i]:XH[i]]
                if (PS_[i] eq "log") { set logscale x }
            }
            if (PM[i] eq "axis_y") {
                set yrange [YL[i]:YH[i]]
                if (PS_[i] eq "log") { set logscale y }
            }
            if (PM[i] eq "tick_x") { set xtics add (percent(PT[i]) PX[i] (PS_[i] eq "minor" ? 1 : 0)) }
            if (PM[i] eq "tick_y") { set ytics add (percent(PT[i]) PY[i] (PS_[i] eq "minor" ? 1 : 0)) }
        }
        # What belongs to the whole picture comes with its last panel, over everything.
        if (p == panels && PP[i] == 0) {
            if (PM[i] eq "text") {
                TEXT = PS_[i] eq "bold" ? bold(PT[i]) : PT[i]
                command = sprintf("set label i TEXT at screen PX[i],PY[i] %s %s front tc rgb PC[i] font font_of(PZ[i])", \
                                  PA[i] eq "up" ? "center rotate by 90" : PA[i], PS_[i] eq "bold" ? "enhanced" : "noenhanced")
                eval command
            }
            if (PM[i] eq "leader") {
                set arrow i from screen XL[i],YL[i] to screen XH[i],YH[i] nohead front lc rgb PC[i] lw PZ[i]
            }
        }
    }
    command = "plot NaN notitle"
    do for [mark in "rect band rule line step cross point"] {
        do for [k = 1:series] {
            if (SP[k] == p && SM[k] eq mark) {
                command = command.sprintf(", data every ::%d::%d %s notitle", SF[k], SL[k], clause(k))
            }
        }
    }
    eval command
}
unset multiplot
unset output
