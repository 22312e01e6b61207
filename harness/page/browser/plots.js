// SPDX-License-Identifier: Apache-2.0
// Pictures are drawn when they come into sight, and anew when there is other room or another paper. Where a figure
// has many, one is chosen.
(() => {
  'use strict';

  const { make } = weir;

  // Columns as sheet_json.c packs them: one value for all, or the different ones and each row's place among them.
  const COLUMNS = ['x', 'y', 'xl', 'xh', 'yl', 'yh', 'n', 'texts', 'colours'];

  function unpack(sheet) {
    for (const mark of sheet.marks) {
      for (const key of COLUMNS) {
        const packed = mark[key];
        if (packed === undefined || Array.isArray(packed)) continue;
        mark[key] = packed !== null && packed.v ? packed.i.map((i) => packed.v[i]) : Array(mark.count).fill(packed);
      }
    }
    return sheet;
  }

  // A title of its own ("queue mpmc, rate 4 k/s"), or what its panels are called: "capacity 64: over delivered
  // records", "capacity 256: ..." -> "capacity 64, capacity 256".
  function nameOf(sheet) {
    const own = sheet.marks.filter((mark) => mark.mark === 'text' && mark.style === 'bold');
    const panels = sheet.marks.filter((mark) => mark.mark === 'panel' && mark.text);
    const titles = own.length ? own.map((mark) => mark.text) : panels.map((mark) => mark.text.split(': ')[0]);
    return [...new Set(titles)].join(', ');
  }

  function addChooser(figure, sheets, show) {
    const select = make(
      'select',
      {},
      ...sheets.map((sheet, i) => make('option', { value: i }, `${i + 1}. ${nameOf(sheet)}`)),
    );
    select.addEventListener('change', () => show(Number(select.value)));
    const label = make('label', {}, make('span', {}, `one of ${sheets.length} pictures`), select);
    figure.querySelector('.sheet').before(make('div', { class: 'filter' }, label, ...weir.steppers(select)));
  }

  function start(figure, sheets) {
    const box = figure.querySelector('.sheet');
    let now = 0;
    let room = box.clientWidth;
    const paper = make('p', { class: 'on-paper note' });
    const draw = () => {
      weir.drawSheet(box, sheets[now], room);
      paper.textContent = sheets.length > 1 ? `Picture ${now + 1} of ${sheets.length}: ${nameOf(sheets[now])}` : '';
    };
    box.setAttribute('role', 'group');
    if (sheets.length > 1) {
      addChooser(figure, sheets, (i) => {
        now = i;
        draw();
      });
    }
    box.after(paper);
    weir.onWidth(box, (width) => {
      room = width;
      draw();
    });
    document.addEventListener('weir-theme', draw);
  }

  weir.startPlots = () => {
    const data = document.getElementById('sheets');
    if (!data || typeof uPlot === 'undefined') return;
    const all = JSON.parse(data.textContent);
    for (const figure of document.querySelectorAll('figure[data-plot]')) {
      const first = Number(figure.dataset.plot);
      const sheets = all.slice(first, first + Number(figure.dataset.count));
      const box = figure.querySelector('.sheet');
      box.style.minHeight = `${Math.min(1.7, box.clientWidth / sheets[0].width) * sheets[0].height}px`;
      weir.startNear(figure, () => {
        box.style.minHeight = '';
        start(figure, sheets.map(unpack));
      });
    }
  };
})();
