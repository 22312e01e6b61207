// SPDX-License-Identifier: Apache-2.0
// One picture: its frame in the page, the texts, ticks and leaders around its panels. Where things stand was decided
// by the program, in points of a sheet of paper; here they become pixels. A screen is wider than a column: panels are
// stretched sideways, what is between them stays as wide as its text. What is inside a panel is drawn in panel.js.
(() => {
  'use strict';

  const { make, draw, onPaper } = weir;
  const PX_MOST = 1.7; // pixels a point
  const PX_LEAST = 1.17; // smaller could not be read; the box scrolls then
  const WIDER_MOST = 1.45; // than on paper
  const NOTE_PT = 6; // texts of this size stand below the picture as text
  const TEXT_PT = 8;
  const INK = '#222222';

  // ---- where things are ----
  function frameOf(sheet, panel) {
    const [xl, xh, yl, yh] = panel.frame;
    return { left: xl * sheet.width, right: xh * sheet.width, bottom: yl * sheet.height, top: yh * sheet.height };
  }

  // The stretches of the sheet's width that panels take, from left to right.
  function columnsOf(sheet) {
    const columns = [];
    const frames = sheet.panels.map((panel) => frameOf(sheet, panel)).sort((a, b) => a.left - b.left);
    for (const { left, right } of frames) {
      const last = columns[columns.length - 1];
      if (last && left <= last.right) last.right = Math.max(last.right, right);
      else columns.push({ left, right });
    }
    return columns;
  }

  // Points of the sheet to pixels of the picture.
  function makePlaces(sheet, room, bottom) {
    const px = Math.max(PX_LEAST, Math.min(PX_MOST, room / sheet.width));
    const columns = columnsOf(sheet);
    const framed = columns.reduce((sum, c) => sum + c.right - c.left, 0) * px;
    const wanted = Math.min(room, sheet.width * px * WIDER_MOST);
    const stretch = framed > 0 ? Math.max(1, 1 + (wanted - sheet.width * px) / framed) : 1;
    const x = (pt) => {
      let more = 0;
      for (const { left, right } of columns) {
        more += Math.max(0, Math.min(pt, right) - left) * (stretch - 1);
      }
      return (pt + more) * px;
    };
    return {
      px,
      scale: weir.hasScale(sheet),
      x,
      y: (pt) => (sheet.height - pt) * px,
      width: Math.ceil(x(sheet.width)),
      height: Math.ceil((sheet.height - bottom) * px),
    };
  }

  const isText = (mark) => ['text', 'axis_x', 'axis_y', 'panel'].includes(mark.mark) && mark.text && mark.x;
  const isNote = (mark) => mark.mark === 'text' && mark.size <= NOTE_PT;

  // The lowest thing that is drawn: below it are notes, which the page has as text.
  function lowest(sheet) {
    let low = Math.min(...sheet.panels.map((panel) => frameOf(sheet, panel).bottom)) - 2 * TEXT_PT;
    for (const mark of sheet.marks) {
      if (isText(mark) && !isNote(mark)) {
        low = Math.min(low, ...mark.y.map((y) => y * sheet.height - (mark.size || TEXT_PT) * 0.8));
      }
    }
    return Math.max(0, low);
  }

  // ---- texts and lines ----
  // A square in a key has the colour of the area that it stands for.
  function colourOf(to, mark, text) {
    const colour = mark.colour || INK;
    if (!/^[\u2580-\u25ff]+$/.test(text)) return onPaper(colour, 'text');
    return to.scale ? colour : onPaper(colour, 'area');
  }

  function textAt(to, mark, x, y, text) {
    const anchor = { left: 'start', center: 'middle', right: 'end', up: 'middle' }[mark.anchor] || 'start';
    return draw(
      'text',
      {
        x,
        y,
        'text-anchor': anchor,
        'dominant-baseline': 'central',
        'font-size': (mark.size || TEXT_PT) * to.px,
        'font-weight': mark.style === 'bold' ? 600 : null,
        fill: colourOf(to, mark, text),
        transform: mark.anchor === 'up' ? `rotate(-90 ${x} ${y})` : null,
      },
      text,
    );
  }

  const share = (axis, v) =>
    axis.log ? Math.log(v / axis.lo) / Math.log(axis.hi / axis.lo) : (v - axis.lo) / (axis.hi - axis.lo);

  function drawTicks(svg, to, sheet, mark) {
    const panel = sheet.panels[mark.panel - 1];
    const frame = frameOf(sheet, panel);
    const ofX = mark.mark === 'tick_x';
    const [axis, list] = ofX ? [panel.x, mark.x] : [panel.y, mark.y];
    const size = mark.size || TEXT_PT;
    list.forEach((v, i) => {
      if (!mark.texts[i]) return;
      const at = share(axis, v);
      const x = ofX ? frame.left + at * (frame.right - frame.left) : frame.left;
      const y = ofX ? frame.bottom - 4 - size / 2 : frame.bottom + at * (frame.top - frame.bottom);
      const look = { anchor: ofX ? 'center' : 'right', size };
      svg.append(textAt(to, look, to.x(x) - (ofX ? 0 : 4 * to.px), to.y(y), mark.texts[i]));
    });
  }

  function drawLeaders(svg, to, sheet, mark) {
    mark.xl.forEach((xl, i) => {
      svg.append(
        draw('line', {
          x1: to.x(xl * sheet.width),
          y1: to.y(mark.yl[i] * sheet.height),
          x2: to.x(mark.xh[i] * sheet.width),
          y2: to.y(mark.yh[i] * sheet.height),
          stroke: to.scale ? mark.colour : onPaper(mark.colour, 'area'),
          'stroke-width': mark.size * to.px,
        }),
      );
    });
  }

  function drawAround(sheet, to) {
    const svg = draw('svg', { width: to.width, height: to.height, 'aria-hidden': 'true', focusable: 'false' });
    for (const mark of sheet.marks) {
      if (mark.mark === 'tick_x' || mark.mark === 'tick_y') drawTicks(svg, to, sheet, mark);
      else if (mark.mark === 'leader') drawLeaders(svg, to, sheet, mark);
      else if (isText(mark) && !isNote(mark)) {
        mark.x.forEach((x, i) =>
          svg.append(textAt(to, mark, to.x(x * sheet.width), to.y(mark.y[i] * sheet.height), mark.text)),
        );
      }
    }
    return svg;
  }

  // ---- the picture ----
  weir.drawSheet = (box, sheet, room) => {
    const to = makePlaces(sheet, room, lowest(sheet));
    const canvas = make('div', { class: 'canvas' }, drawAround(sheet, to));
    canvas.style.width = `${to.width}px`;
    canvas.style.height = `${to.height}px`;
    box.replaceChildren(canvas);
    sheet.panels.forEach((panel, i) => {
      const frame = frameOf(sheet, panel);
      const place = make('div', { class: 'panel' });
      place.style.left = `${to.x(frame.left)}px`;
      place.style.top = `${to.y(frame.top)}px`;
      canvas.append(place);
      weir.drawPanel(place, sheet, i, {
        width: Math.round(to.x(frame.right) - to.x(frame.left)),
        height: Math.round(to.y(frame.bottom) - to.y(frame.top)),
        px: to.px,
      });
    });
  };
})();
