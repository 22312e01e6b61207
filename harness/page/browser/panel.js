// SPDX-License-Identifier: Apache-2.0
// The inside of one panel, drawn by uPlot: lines are its series, everything else goes onto its canvas with its scales.
(() => {
  'use strict';

  const { onPaper } = weir;

  // In units of the line's width, as both of the program's back ends have them.
  const DASHES = {
    solid: [],
    dash: [5, 3],
    dot: [1.2, 2],
    dashdot: [5, 2, 1.2, 2],
    longdash: [9, 3],
    dashdotdot: [5, 2, 1.2, 2, 1.2, 2],
    longdashdot: [9, 2, 1.2, 2],
  };

  const POLYGONS = {
    square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
    triangle: [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]],
    down: [[0, 1.15], [1.1, -0.85], [-1.1, -0.85]],
    diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    pentagon: [0, 1, 2, 3, 4].map((k) => [1.15 * Math.sin((k * 2 * Math.PI) / 5), -1.15 * Math.cos((k * 2 * Math.PI) / 5)]),
  };
  const STROKES = {
    plus: [[0, -1, 0, 1], [-1, 0, 1, 0]],
    cross: [[-0.8, -0.8, 0.8, 0.8], [-0.8, 0.8, 0.8, -0.8]],
    star: [[0, -1, 0, 1], [-0.87, -0.5, 0.87, 0.5], [-0.87, 0.5, 0.87, -0.5]],
  };

  function drawMarker(ctx, x, y, marker, radius, colour) {
    const open = marker.startsWith('open_');
    const shape = open ? marker.slice(5) : marker;
    ctx.strokeStyle = colour;
    ctx.fillStyle = open ? weir.onPaper('#ffffff', 'area') : colour;
    ctx.lineWidth = Math.max(1, radius * 0.3);
    ctx.beginPath();
    if (STROKES[shape]) {
      for (const [x0, y0, x1, y1] of STROKES[shape]) {
        ctx.moveTo(x + x0 * radius, y + y0 * radius);
        ctx.lineTo(x + x1 * radius, y + y1 * radius);
      }
      ctx.stroke();
      return;
    }
    if (POLYGONS[shape]) {
      POLYGONS[shape].forEach(([dx, dy], i) => ctx[i ? 'lineTo' : 'moveTo'](x + dx * radius * 0.9, y + dy * radius * 0.9));
      ctx.closePath();
    } else {
      ctx.arc(x, y, radius, 0, 2 * Math.PI);
    }
    ctx.fill();
    ctx.stroke();
  }

  // ---- onto the canvas; positions in its own pixels ----
  const at = (u, mark, i, x, y) => [u.valToPos(mark[x][i], 'x', true), u.valToPos(mark[y][i], 'y', true)];

  const COLOURS_OF_A_SCALE = 8;

  // A scale of colours means something by being light or dark: it stays as it is, on white.
  const isScale = (mark) => new Set(mark.colours).size >= COLOURS_OF_A_SCALE;
  weir.hasScale = (sheet) => sheet.marks.some((mark) => mark.mark === 'rect' && isScale(mark));

  function drawRects(u, mark) {
    const asItIs = isScale(mark);
    if (asItIs) {
      u.ctx.fillStyle = '#ffffff';
      u.ctx.fillRect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    }
    mark.xl.forEach((_, i) => {
      const [x0, y0] = at(u, mark, i, 'xl', 'yl').map(Math.round); // whole pixels: no seams
      const [x1, y1] = at(u, mark, i, 'xh', 'yh').map(Math.round);
      u.ctx.fillStyle = asItIs ? mark.colours[i] : onPaper(mark.colours[i], 'area');
      u.ctx.fillRect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
    });
  }

  function drawBand(u, mark) {
    u.ctx.fillStyle = onPaper(mark.colour, 'area');
    u.ctx.beginPath();
    mark.x.forEach((_, i) => u.ctx.lineTo(...at(u, mark, i, 'x', 'yh')));
    for (let i = mark.x.length - 1; i >= 0; i--) u.ctx.lineTo(...at(u, mark, i, 'x', 'yl'));
    u.ctx.fill();
  }

  function drawRules(u, mark, px) {
    const width = Math.max(1, (mark.size || 0.6) * px);
    u.ctx.strokeStyle = onPaper(mark.colour, 'area');
    u.ctx.lineWidth = width;
    u.ctx.setLineDash((DASHES[mark.style] || []).map((d) => d * width));
    mark.xl.forEach((_, i) => {
      u.ctx.beginPath();
      u.ctx.moveTo(...at(u, mark, i, 'xl', 'yl'));
      u.ctx.lineTo(...at(u, mark, i, 'xh', 'yh'));
      u.ctx.stroke();
    });
    u.ctx.setLineDash([]);
  }

  function drawCrosses(u, mark, px) {
    const cap = 2 * px;
    const has = (list, i) => list && list[i] !== null && list[i] !== undefined;
    u.ctx.strokeStyle = onPaper(mark.colour, 'mark');
    u.ctx.lineWidth = Math.max(1, (mark.size || 0.8) * px);
    mark.x.forEach((_, i) => {
      const [x, y] = at(u, mark, i, 'x', 'y');
      u.ctx.beginPath();
      if (has(mark.yl, i) && has(mark.yh, i)) {
        const [y0, y1] = [u.valToPos(mark.yl[i], 'y', true), u.valToPos(mark.yh[i], 'y', true)];
        u.ctx.moveTo(x, y0);
        u.ctx.lineTo(x, y1);
        for (const end of [y0, y1]) {
          u.ctx.moveTo(x - cap, end);
          u.ctx.lineTo(x + cap, end);
        }
      }
      if (has(mark.xl, i) && has(mark.xh, i)) {
        const [x0, x1] = [u.valToPos(mark.xl[i], 'x', true), u.valToPos(mark.xh[i], 'x', true)];
        u.ctx.moveTo(x0, y);
        u.ctx.lineTo(x1, y);
        for (const end of [x0, x1]) {
          u.ctx.moveTo(end, y - cap);
          u.ctx.lineTo(end, y + cap);
        }
      }
      u.ctx.stroke();
    });
  }

  function drawPoints(u, mark, px) {
    const colour = onPaper(mark.colour, 'mark');
    const radius = ((mark.size || 4) * px) / 2;
    mark.x.forEach((_, i) => drawMarker(u.ctx, ...at(u, mark, i, 'x', 'y'), mark.marker || 'circle', radius, colour));
  }

  function drawGrid(u, marks) {
    const { left, top, width, height } = u.bbox;
    u.ctx.setLineDash([]);
    u.ctx.strokeStyle = onPaper('#e4e4e4', 'area');
    u.ctx.lineWidth = uPlot.pxRatio;
    u.ctx.beginPath();
    for (const mark of marks) {
      if (mark.style !== 'major') continue;
      if (mark.mark === 'tick_x') {
        for (const v of mark.x) {
          const x = Math.round(u.valToPos(v, 'x', true)) + 0.5;
          u.ctx.moveTo(x, top);
          u.ctx.lineTo(x, top + height);
        }
      } else if (mark.mark === 'tick_y') {
        for (const v of mark.y) {
          const y = Math.round(u.valToPos(v, 'y', true)) + 0.5;
          u.ctx.moveTo(left, y);
          u.ctx.lineTo(left + width, y);
        }
      }
    }
    u.ctx.stroke();
  }

  const UNDER = [['rect', drawRects], ['band', drawBand], ['rule', drawRules]];
  const OVER = [['cross', drawCrosses], ['point', drawPoints]];

  function drawKinds(u, marks, kinds, px) {
    u.ctx.save();
    u.ctx.setLineDash([]);
    u.ctx.beginPath();
    u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    if (kinds === UNDER) u.ctx.clip();
    for (const [kind, drawKind] of kinds) {
      for (const mark of marks) if (mark.mark === kind) drawKind(u, mark, px);
    }
    u.ctx.restore();
  }

  function drawFrame(u) {
    const { left, top, width, height } = u.bbox;
    u.ctx.setLineDash([]); // a series before may have left its own
    u.ctx.strokeStyle = onPaper('#767676', 'area');
    u.ctx.lineWidth = uPlot.pxRatio;
    u.ctx.beginPath();
    u.ctx.moveTo(left + 0.5, top);
    u.ctx.lineTo(left + 0.5, top + height - 0.5);
    u.ctx.lineTo(left + width, top + height - 0.5);
    u.ctx.stroke();
  }

  // ---- uPlot's part ----
  const NO_LINE = { mark: 'line', colour: '#ffffff', x: [], y: [] };

  const scale = (axis) => ({
    time: false,
    auto: false,
    distr: axis.log ? 3 : 1,
    range: [axis.lo, axis.hi],
  });

  function seriesOf(mark, px) {
    const width = Math.max(1, (mark.size || 1) * px);
    return {
      label: mark.text || '',
      stroke: onPaper(mark.colour, 'mark'),
      width,
      pxAlign: 0,
      dash: (DASHES[mark.style] || []).map((d) => d * width),
      paths: mark.mark === 'step' ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
      points: { show: false },
      facets: [
        { scale: 'x', auto: false },
        { scale: 'y', auto: false },
      ],
    };
  }

  weir.drawPanel = (place, sheet, index, { width, height, px }) => {
    const panel = sheet.panels[index];
    const marks = sheet.marks.filter((mark) => mark.panel === index + 1);
    const lines = marks.filter((mark) => mark.mark === 'line' || mark.mark === 'step');
    if (lines.length === 0) lines.push(NO_LINE); // uPlot wants one
    const dpr = uPlot.pxRatio;
    const plot = new uPlot(
      {
        mode: 2,
        pxAlign: 0,
        width,
        height,
        padding: [0, 0, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        select: { show: false },
        scales: { x: scale(panel.x), y: scale(panel.y) },
        axes: [{ show: false }, { show: false }],
        series: [{}, ...lines.map((mark) => seriesOf(mark, px))],
        hooks: {
          drawClear: [
            (u) => {
              drawGrid(u, marks);
              drawKinds(u, marks, UNDER, px * dpr);
            },
          ],
          draw: [
            (u) => {
              drawFrame(u);
              drawKinds(u, marks, OVER, px * dpr);
            },
          ],
        },
      },
      [null, ...lines.map((mark) => [mark.x, mark.y])],
      place,
    );
    weir.addHover(place, plot, { sheet, index, marks });
  };
})();
