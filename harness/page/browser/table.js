// SPDX-License-Identifier: Apache-2.0
// Tables that sort by a click or a key on a column's head, and filter by text and by the values of an axis.
(() => {
  'use strict';

  const { make } = weir;
  const ROWS_WORTH_A_FILTER = 7;

  const sortable = (table) => [...table.tHead.rows[0].cells];

  // The cell of a column; null in a row whose cells span it.
  function cellAt(row, column) {
    let at = 0;
    for (const cell of row.cells) {
      if (column < at + cell.colSpan) return cell.colSpan > 1 ? null : cell;
      at += cell.colSpan;
    }
    return null;
  }

  function valueOf(cell) {
    if (cell === null) return null;
    const v = cell.dataset.v;
    if (v === undefined) return cell.textContent;
    return v === '' ? null : Number(v);
  }

  // What is missing comes last in either direction; numbers before texts.
  function compare(a, b, direction) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === 'number' && typeof b === 'number') {
      return a === b ? 0 : (a < b ? -1 : 1) * direction;
    }
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
    return a.localeCompare(b, 'en', { numeric: true }) * direction;
  }

  function sort(table, column, direction) {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({
      row,
      key: valueOf(cellAt(row, column)),
      at: Number(row.dataset.at),
    }));
    if (direction === 0) rows.sort((a, b) => a.at - b.at);
    else rows.sort((a, b) => compare(a.key, b.key, direction) || a.at - b.at);
    body.append(...rows.map((r) => r.row));
  }

  // none -> ascending -> descending -> none, the order of the run
  function turn(table, column) {
    const heads = sortable(table);
    const now = heads[column].getAttribute('aria-sort') || 'none';
    const next = { none: 'ascending', ascending: 'descending', descending: 'none' }[now];
    heads.forEach((head) => head.setAttribute('aria-sort', 'none'));
    heads[column].setAttribute('aria-sort', next);
    sort(table, column, { none: 0, ascending: 1, descending: -1 }[next]);
  }

  function addSorting(table) {
    [...table.tBodies[0].rows].forEach((row, at) => {
      row.dataset.at = at;
    });
    sortable(table).forEach((head, column) => {
      const button = make('button', { type: 'button', title: head.title || null }, ...head.childNodes);
      head.removeAttribute('title');
      head.append(button);
      head.setAttribute('aria-sort', 'none');
      button.addEventListener('click', () => turn(table, column));
    });
  }

  // ---- filters ----
  function axesOf(table) {
    return sortable(table)
      .map((head, column) => ({ title: head.textContent, column, wanted: 'axis' in head.dataset }))
      .filter((axis) => axis.wanted)
      .map((axis) => ({ ...axis, values: valuesOf(table, axis.column) }))
      .filter((axis) => axis.values.length > 1);
  }

  function textOf(cell) {
    if (cell === null) return '';
    const tag = cell.querySelector('.tag');
    return (tag || cell).textContent.trim();
  }

  function valuesOf(table, column) {
    const seen = new Map();
    for (const row of table.tBodies[0].rows) {
      const cell = cellAt(row, column);
      if (cell) seen.set(textOf(cell), valueOf(cell));
    }
    return [...seen].sort((a, b) => compare(a[1], b[1], 1)).map(([text]) => text);
  }

  function chooser(axis, changed) {
    const select = make(
      'select',
      {},
      make('option', { value: '' }, 'any'),
      ...axis.values.map((value) => make('option', {}, value)),
    );
    select.addEventListener('change', changed);
    return { select, label: make('label', {}, make('span', {}, axis.title), select) };
  }

  function addFilter(table) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < ROWS_WORTH_A_FILTER) return;
    const axes = axesOf(table);
    const text = make('input', { type: 'search', spellcheck: 'false', autocomplete: 'off' });
    const count = make('output', { class: 'count' });
    const apply = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = choosers.map((c, i) => [axes[i].column, c.select.value]).filter((w) => w[1] !== '');
      let shown = 0;
      for (const row of rows) {
        const line = row.textContent.toLowerCase();
        row.hidden = !(
          words.every((word) => line.includes(word)) &&
          wanted.every(([column, value]) => textOf(cellAt(row, column)) === value)
        );
        shown += !row.hidden;
      }
      count.textContent =
        shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
      table.dispatchEvent(new CustomEvent('weir-filter'));
    };
    const choosers = axes.map((axis) => chooser(axis, apply));
    text.addEventListener('input', apply);
    const bar = make(
      'div',
      { class: 'filter', role: 'search' },
      make('label', {}, make('span', {}, 'containing'), text),
      ...choosers.map((c) => c.label),
      count,
    );
    table.parentElement.before(bar);
    apply();
  }

  weir.startTables = () => {
    for (const table of document.querySelectorAll('.points, .repetitions, .ledger')) {
      if (table.tBodies[0].rows.length > 1) addSorting(table);
      addFilter(table);
    }
  };
})();
