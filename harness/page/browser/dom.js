// SPDX-License-Identifier: Apache-2.0
// Elements made by hand: text goes in as text, never as markup.
const weir = {};

(() => {
  'use strict';

  const SVG = 'http://www.w3.org/2000/svg';

  function fill(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      element.setAttribute(key, value === true ? '' : String(value));
    }
    for (const child of children) {
      if (child !== null && child !== undefined) element.append(child);
    }
    return element;
  }

  // make('p', {class: 'note'}, 'text', element...)
  weir.make = (tag, attributes, ...children) =>
    fill(document.createElement(tag), attributes, children);
  weir.draw = (tag, attributes, ...children) =>
    fill(document.createElementNS(SVG, tag), attributes, children);

  // Calls what is wanted once: when the element comes near the screen, or the page goes to paper.
  weir.startNear = (element, wanted) => {
    let begun = false;
    const begin = () => {
      if (begun) return;
      begun = true;
      observer.disconnect();
      wanted();
    };
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) begin();
      },
      { rootMargin: '400px' },
    );
    observer.observe(element);
    document.addEventListener('weir-print', begin);
  };

  const PAPER = 690; // pixels between the margins of A4 and US letter

  // Calls `changed` with the element's width now and whenever it is another; on paper it is that of a sheet.
  weir.onWidth = (element, changed) => {
    let last = 0;
    const look = () => {
      const width = Math.floor(element.clientWidth);
      if (width > 0 && width !== last) {
        last = width;
        changed(width);
      }
    };
    new ResizeObserver(() => requestAnimationFrame(look)).observe(element);
    document.addEventListener('weir-print', () => changed(PAPER));
    document.addEventListener('weir-screen', () => changed(last));
    look();
  };

  // Two buttons that step through a choice, round and round.
  weir.steppers = (select) =>
    [
      [-1, '\u2190', 'the one before'],
      [1, '\u2192', 'the next one'],
    ].map(([by, text, name]) => {
      const button = weir.make('button', { type: 'button', 'aria-label': name, title: name }, text);
      button.addEventListener('click', () => {
        const n = select.options.length;
        select.selectedIndex = (select.selectedIndex + by + n) % n;
        select.dispatchEvent(new Event('change'));
      });
      return button;
    });

  weir.grouped = (n) => Math.round(n).toLocaleString('en-US');
  weir.percent = (share) => {
    if (share === 0) return '0 %';
    if (share < 0.0001) return '<0.01 %';
    if (share < 1 && share > 0.9999) return '>99.9 %';
    return (share * 100).toFixed(share < 0.01 ? 2 : share < 1 ? 1 : 0) + ' %';
  };
})();
