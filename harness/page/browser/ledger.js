// SPDX-License-Identifier: Apache-2.0
// The ledger as a flow: what was generated, what of it was let in, where it ended. Drawn from the ledger's table
// beside it; in one step where a cell's counters do not tell what ended before it was admitted.
(() => {
  'use strict';

  const { make, draw, grouped, percent } = weir;
  const GAP = 14; // between the ends
  const LINE = 17; // a label's height
  const BAR = 10;
  const FLOW = 220; // height of everything that was generated

  // ---- reading ----
  function readTable(table) {
    const heads = [...table.tHead.rows[0].cells];
    return [...table.tBodies[0].rows].map((row) => {
      const cell = { row, name: row.cells[0].textContent, status: row.dataset.status, ends: [] };
      heads.forEach((head, i) => {
        const { state, place } = head.dataset;
        if (!state) return;
        const value = Number(row.cells[i].dataset.v);
        if (place === 'all') cell.generated = value;
        else if (place === 'beside') cell.admitted = value;
        else cell.ends.push({ state, place, title: head.textContent.trim(), value });
      });
      return cell;
    });
  }

  const sum = (ends) => ends.reduce((total, end) => total + Math.max(0, end.value), 0);

  // Ends before the door (top), behind it (below); null where the counters do not say.
  function halves(cell) {
    const before = cell.ends.filter((end) => end.place === 'before' && end.value > 0);
    const after = cell.ends.filter((end) => end.place === 'after' && end.value > 0);
    const tells = cell.generated - cell.admitted === sum(before) && sum(after) === cell.admitted;
    return tells && before.length > 0 ? { before, after } : null;
  }

  function kindOf(state) {
    if (state === 'delivered') return 'good';
    if (state.startsWith('lost.') || state === 'refused_final') return 'lost';
    if (state === 'unknown') return 'unknown';
    return 'left';
  }

  // ---- layout ----
  // Ends one below the other, each at least a label high, with their share of the height.
  function stack(ends, top, scale) {
    let y = top;
    return ends.map((end) => {
      const height = end.value * scale;
      const box = { end, y, height, middle: y + Math.max(height, LINE * 2) / 2 };
      y += Math.max(height, LINE * 2) + GAP;
      return box;
    });
  }

  const ribbon = (x0, y0, x1, y1, height) => {
    const middle = (x0 + x1) / 2;
    const h = Math.max(height, 0.75);
    return (
      `M${x0},${y0}C${middle},${y0} ${middle},${y1} ${x1},${y1}v${h}` +
      `C${middle},${y1 + h} ${middle},${y0 + h} ${x0},${y0 + h}Z`
    );
  };

  function label(x, y, title, value, share, anchor) {
    const text = draw('text', { x, y, 'text-anchor': anchor || 'start' });
    text.append(
      draw('tspan', { class: 'name' }, title),
      draw('tspan', { x, dy: LINE, class: 'value' }, share === null ? value : `${value}  ${share}`),
    );
    return text;
  }

  function bar(x, y, height, kind) {
    return draw('rect', { x, y, width: BAR, height: Math.max(height, 0.75), class: `bar ${kind}` });
  }

  function picture(cell, width) {
    const two = halves(cell);
    const ends = two
      ? [...two.after, ...two.before]
      : cell.ends.filter((end) => end.value > 0);
    const narrow = width < 520;
    const labels = narrow ? 148 : 210;
    const top = LINE * 2 + 10;
    const scale = FLOW / cell.generated;
    const boxes = stack(ends, top, scale);
    const bottom = Math.max(top + FLOW, ...boxes.map((b) => b.y + Math.max(b.height, LINE * 2)));
    const right = width - labels - BAR;
    const door = Math.round(right * 0.46);
    const svg = draw('svg', {
      viewBox: `0 0 ${width} ${Math.ceil(bottom + 8)}`,
      width,
      height: Math.ceil(bottom + 8),
      role: 'img',
      'aria-label': inWords(cell),
    });
    svg.append(bar(0, top, FLOW, 'all'), label(0, LINE, 'generated', grouped(cell.generated), null));
    if (two && two.after.length) {
      const height = cell.admitted * scale;
      svg.append(
        draw('path', { d: ribbon(BAR, top, door, top, height), class: 'flow all' }),
        bar(door, top, height, 'all'),
        label(narrow ? Math.max(door, 86) : door, LINE, 'admitted', grouped(cell.admitted), narrow ? null : percent(cell.admitted / cell.generated)),
      );
    }
    let from = top;
    for (const box of boxes) {
      const kind = kindOf(box.end.state);
      const start = two && two.after.includes(box.end) ? door + BAR : BAR;
      svg.append(
        draw('path', { d: ribbon(start, from, right, box.y, box.height), class: `flow ${kind}` }),
        bar(right, box.y, box.height, kind),
        label(
          right + BAR + 8,
          box.middle - LINE / 2 + 4,
          box.end.title,
          grouped(box.end.value),
          percent(box.end.value / cell.generated),
        ),
      );
      from += box.height;
    }
    return svg;
  }

  // ---- in words ----
  function inWords(cell) {
    const ends = cell.ends.filter((end) => end.value !== 0);
    return (
      `${cell.name}: of ${grouped(cell.generated)} records generated, ` +
      ends.map((end) => `${grouped(end.value)} ${end.title}`).join(', ')
    );
  }

  // "No record was refused, in flight; none was lost by timeout, priority."
  function nothing(titles) {
    const lost = titles.filter((title) => title.startsWith('lost: ')).map((title) => title.slice(6));
    const other = titles.filter((title) => !title.startsWith('lost: '));
    const parts = [];
    if (other.length) parts.push(`no record was ${other.join(', ')}`);
    if (lost.length) parts.push(`none was lost by ${lost.join(', ')}`);
    const text = parts.join('; ');
    return text[0].toUpperCase() + text.slice(1) + '.';
  }

  function balance(cell, never) {
    const ends = cell.ends.filter((end) => end.value !== 0 && end.state !== 'unknown');
    const none = cell.ends.filter((end) => end.value === 0 && end.state !== 'unknown');
    const unknown = cell.ends.find((end) => end.state === 'unknown').value;
    const right = ends.map((end) => `${grouped(end.value)} ${end.title}`).join(' + ');
    const lines = [
      make('p', { class: 'sum' }, `${grouped(cell.generated)} generated = ${right || '0'}`),
      make(
        'p',
        { class: unknown === 0 ? 'sum' : 'sum alert' },
        unknown === 0
          ? '0 unknown: it balances to the record.'
          : `${grouped(unknown)} unknown: it does not balance, and so is no result.`,
      ),
    ];
    const zero = [...none.map((end) => end.title), ...never];
    if (zero.length) lines.push(make('p', { class: 'note' }, nothing(zero)));
    if (cell.status !== 'ok') {
      lines.unshift(make('p', { class: 'alert' }, `This cell is ${cell.status}: these are no results.`));
    }
    return lines;
  }

  // ---- choosing ----
  function start(place) {
    const table = place.parentElement.querySelector('table.ledger');
    const cells = readTable(table);
    const never = place.dataset.never ? place.dataset.never.split(',') : [];
    const select = make('select', {}, ...cells.map((cell, i) => make('option', { value: i }, cell.name)));
    const canvas = make('div', { class: 'canvas' });
    const words = make('div', { class: 'balance', 'aria-live': 'polite' });
    let room = 0;
    const show = () => {
      const cell = cells[Number(select.value)];
      canvas.replaceChildren(picture(cell, Math.max(280, Math.min(room, 900))));
      words.replaceChildren(
        make('p', { class: 'on-paper' }, make('strong', {}, cell.name)),
        ...balance(cell, never),
      );
    };
    const first = cells.findIndex((cell) => cell.status === 'ok' && cell.ends.some((e) => e.state !== 'delivered' && e.value > 0));
    select.value = Math.max(0, first);
    select.addEventListener('change', show);
    if (cells.length > 1) {
      place.append(
        make(
          'div',
          { class: 'filter' },
          make('label', {}, make('span', {}, 'cell'), select),
          ...weir.steppers(select),
        ),
      );
    } else {
      place.append(make('p', { class: 'note' }, cells[0].name));
    }
    place.append(canvas, words);
    weir.onWidth(place, (width) => {
      room = width;
      show();
    });
  }

  weir.startLedgers = () => {
    for (const place of document.querySelectorAll('.picture')) weir.startNear(place, () => start(place));
  };
})();
