// SPDX-License-Identifier: Apache-2.0
// Values at a plot: by pointing at it, and by walking along it with the arrow keys.
(() => {
  'use strict';

  const { make, inUnit, grouped, onPaper } = weir;
  const NEAR = 48; // pixels

  // ---- what can be pointed at ----
  // The things of a panel, each a row of points with the ranges that bars, bands and areas give them.
  function thingsOf(panel, marks) {
    const things = new Map();
    const thing = (mark) => {
      const key = mark.series;
      if (!things.has(key)) things.set(key, { name: '', colour: '#222222', points: [] });
      const own = things.get(key);
      own.name = own.name || mark.text || '';
      return own;
    };
    for (const mark of marks) {
      if (!['line', 'step', 'point', 'cross'].includes(mark.mark) || isEndless(panel, mark)) continue;
      const own = thing(mark);
      own.colour = mark.colour;
      mark.x.forEach((x, i) => addPoint(own, x, mark.y[i], mark, i));
    }
    for (const mark of marks) {
      if (mark.mark === 'band' && things.has(mark.series)) {
        mark.x.forEach((x, i) => widen(things.get(mark.series), x, mark.yl[i], mark.yh[i]));
      } else if (mark.mark === 'rect' && (mark.text || mark.n)) {
        const own = thing(mark);
        mark.xl.forEach((_, i) => own.points.push(area(mark, i)));
        own.colour = mark.colours[0];
      }
    }
    return [...things.values()].filter((own) => own.points.length > 0);
  }

  // A line straight up to the frame: what comes next never arrived, and is no value.
  const isEndless = (panel, mark) =>
    mark.mark === 'line' && mark.x.length === 2 && mark.x[0] === mark.x[1] && mark.y[1] === panel.y.hi;

  const value = (list, i) => (list && list[i] !== null ? list[i] : undefined);

  function addPoint(own, x, y, mark, i) {
    let point = own.points.find((p) => p.x === x && p.y === y);
    if (!point || mark.mark === 'line') {
      point = { x, y };
      own.points.push(point);
    }
    for (const key of ['xl', 'xh', 'yl', 'yh', 'n']) {
      const v = value(mark[key], i);
      if (v !== undefined) point[key] = v;
    }
  }

  function widen(own, x, yl, yh) {
    const point = own.points.find((p) => p.x === x);
    if (point) Object.assign(point, { yl, yh });
  }

  function area(mark, i) {
    const [xl, xh, yl, yh] = [mark.xl[i], mark.xh[i], mark.yl[i], mark.yh[i]];
    return { area: true, x: (xl + xh) / 2, y: (yl + yh) / 2, xl, xh, yl, yh, n: value(mark.n, i) };
  }

  // ---- in words ----
  // What an axis is called and what stands at its ticks; where the panel has no labels, what its neighbours have.
  function readAxis(sheet, index, name) {
    const own = sheet.panels[index][name];
    const alike = sheet.panels.flatMap((panel, i) => {
      const { lo, hi, log } = panel[name];
      return i !== index && lo === own.lo && hi === own.hi && log === own.log ? [i + 1] : [];
    });
    const of = (kind) =>
      [index + 1, ...alike].flatMap((panel) => sheet.marks.filter((m) => m.mark === kind && m.panel === panel));
    const label = of(`axis_${name}`).find((mark) => mark.text);
    const ticks = of(`tick_${name}`).flatMap((mark) => mark.texts.map((text, i) => [mark[name][i], text]));
    return { ...own, label: label ? label.text : '', ticks: ticks.filter(([, text]) => text) };
  }

  // On an axis of names the one that stands nearest.
  function write(axis, v) {
    if (axis.unit !== 'none') return inUnit(axis.unit, v);
    const nearest = axis.ticks.reduce((a, b) => (Math.abs(b[0] - v) < Math.abs(a[0] - v) ? b : a), [Infinity, '']);
    return nearest[1];
  }

  function coordinate(axis, v, lo, hi, area) {
    const range = lo !== undefined && hi !== undefined && hi > lo && axis.unit !== 'none';
    if (area && range) return `${axis.label} ${write(axis, lo)} to ${write(axis, hi)}`;
    return `${axis.label} ${write(axis, v)}` + (range ? ` (${write(axis, lo)} to ${write(axis, hi)})` : '');
  }

  function words(axes, point) {
    const lines = [
      coordinate(axes.y, point.y, point.yl, point.yh, point.area),
      coordinate(axes.x, point.x, point.xl, point.xh, point.area),
    ];
    if (point.n) lines.push(`${grouped(point.n)} observation${point.n === 1 ? '' : 's'}`);
    return lines.map((line) => line.trim()).filter(Boolean);
  }

  // ---- the tip ----
  function makeTip(place) {
    const tip = make('div', { class: 'tip', 'aria-live': 'polite', hidden: true });
    const ring = make('div', { class: 'ring', hidden: true });
    place.append(ring, tip);
    return { tip, ring };
  }

  weir.addHover = (place, plot, { sheet, index, marks }) => {
    const panel = sheet.panels[index];
    const axes = { x: readAxis(sheet, index, 'x'), y: readAxis(sheet, index, 'y') };
    const things = thingsOf(panel, marks);
    if (things.length === 0) return;
    const { tip, ring } = makeTip(place);
    const { over } = plot;
    let now = null; // [thing, point], as indexes

    const position = (point) => [plot.valToPos(point.x, 'x'), plot.valToPos(point.y, 'y')];

    function show(t, p) {
      now = [t, p];
      const thing = things[t];
      const point = thing.points[p];
      const [x, y] = position(point);
      const colour = onPaper(thing.colour, 'mark');
      ring.style.borderColor = colour;
      ring.style.transform = `translate(${x}px, ${y}px)`;
      tip.replaceChildren(
        ...(thing.name ? [make('strong', {}, thing.name)] : []),
        ...words(axes, point).map((line) => make('span', {}, line)),
      );
      tip.hidden = ring.hidden = false;
      const right = x > over.clientWidth / 2;
      tip.style.left = right ? 'auto' : `${Math.max(0, x + 12)}px`;
      tip.style.right = right ? `${Math.max(0, over.clientWidth - x + 12)}px` : 'auto';
      tip.style.top = `${Math.max(-8, Math.min(over.clientHeight - tip.offsetHeight, y - tip.offsetHeight / 2))}px`;
    }

    function hide() {
      now = null;
      tip.hidden = ring.hidden = true;
    }

    function nearest(x, y) {
      let best = [NEAR * NEAR, null];
      things.forEach((thing, t) =>
        thing.points.forEach((point, p) => {
          const [px, py] = position(point);
          const distance = point.area && inside(point, x, y) ? 0 : (px - x) ** 2 + (py - y) ** 2;
          if (distance < best[0]) best = [distance, [t, p]];
        }),
      );
      return best[1];
    }

    function inside(point, x, y) {
      const [vx, vy] = [plot.posToVal(x, 'x'), plot.posToVal(y, 'y')];
      return vx >= point.xl && vx <= point.xh && vy >= point.yl && vy <= point.yh;
    }

    function walk(key) {
      const [t, p] = now || [0, -1];
      const last = things[t].points.length - 1;
      const clamp = (v, most) => Math.max(0, Math.min(most, v));
      if (key === 'ArrowRight') show(t, clamp(p + 1, last));
      else if (key === 'ArrowLeft') show(t, clamp(now ? p - 1 : last, last));
      else if (key === 'Home') show(t, 0);
      else if (key === 'End') show(t, last);
      else if (key === 'Escape') hide();
      else if (key === 'ArrowDown' || key === 'ArrowUp') {
        const next = (t + (key === 'ArrowDown' ? 1 : -1) + things.length) % things.length;
        show(next, clamp(p, things[next].points.length - 1));
      } else return false;
      return true;
    }

    over.addEventListener('pointermove', (event) => {
      const box = over.getBoundingClientRect();
      const found = nearest(event.clientX - box.x, event.clientY - box.y);
      if (found) show(...found);
      else hide();
    });
    over.addEventListener('pointerleave', hide);
    place.addEventListener('blur', hide);
    place.addEventListener('keydown', (event) => {
      if (!event.ctrlKey && !event.altKey && !event.metaKey && walk(event.key)) event.preventDefault();
    });
    place.tabIndex = 0;
    place.setAttribute('role', 'application');
    place.setAttribute('aria-roledescription', 'plot');
    place.setAttribute('aria-label', label(axes, things));
  };

  function label(axes, things) {
    const names = things.map((thing) => thing.name).filter(Boolean);
    const what = `${axes.y.label || 'values'} over ${axes.x.label || 'positions'}`;
    return `${what}. ${names.join(', ')}. Arrow keys walk along it.`;
  }
})();
