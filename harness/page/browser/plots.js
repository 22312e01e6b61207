// SPDX-License-Identifier: Apache-2.0
// Pictures are drawn when they come into sight, and anew when there is other room or another paper.
(() => {
  'use strict';

  function start(figure, sheet) {
    const box = figure.querySelector('.sheet');
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', 'Plot');
    box.removeAttribute('tabindex');
    const show = () => weir.drawSheet(box, sheet, box.clientWidth);
    weir.onWidth(box, show);
    document.addEventListener('weir-theme', show);
  }

  weir.startPlots = () => {
    const data = document.getElementById('sheets');
    if (!data || typeof uPlot === 'undefined') return;
    const sheets = JSON.parse(data.textContent);
    for (const figure of document.querySelectorAll('figure[data-plot]')) {
      const sheet = sheets[Number(figure.dataset.plot)];
      const box = figure.querySelector('.sheet');
      box.style.minHeight = `${Math.min(1.7, box.clientWidth / sheet.width) * sheet.height}px`;
      weir.startNear(figure, () => {
        box.style.minHeight = '';
        start(figure, sheet);
      });
    }
  };
})();
