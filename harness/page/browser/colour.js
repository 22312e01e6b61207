// SPDX-License-Identifier: Apache-2.0
// Colours of pictures that were made for white paper, on a dark screen: greys and tints change places, the colours
// of things stay what they are, and what is too dim to be seen there is made lighter.
(() => {
  'use strict';

  const ENOUGH = { text: 4.5, mark: 3, area: 0 };

  const parse = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const write = (rgb) => '#' + rgb.map((v) => Math.round(v).toString(16).padStart(2, '0')).join('');

  function luminance(rgb) {
    const [r, g, b] = rgb.map((v) => {
      const s = v / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(a, b) {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  }

  const isColour = (rgb) => {
    const [high, low] = [Math.max(...rgb), Math.min(...rgb)];
    return high - low > 60 && high + low < 400;
  };

  // Turned over in HSL: the lightness l becomes 1 - l, and white becomes the paper.
  function turned(rgb, paper) {
    const high = Math.max(...rgb);
    const low = Math.min(...rgb);
    return rgb.map((v, i) => {
      const other = 255 - high - low + v;
      return paper[i] + (other * (255 - paper[i])) / 255;
    });
  }

  const kept = new Map();

  // `use`: text, mark (lines, markers) or area (fills)
  weir.onPaper = (colour, use) => {
    const style = getComputedStyle(document.documentElement);
    if (!/^#[0-9a-f]{6}$/i.test(colour) || style.colorScheme !== 'dark') return colour;
    const paper = style.getPropertyValue('--paper').trim();
    const key = `${colour} ${use} ${paper}`;
    if (!kept.has(key)) {
      let rgb = parse(colour);
      if (!isColour(rgb)) rgb = turned(rgb, parse(paper));
      for (let i = 0; i < 20 && contrast(rgb, parse(paper)) < ENOUGH[use]; i++) {
        rgb = rgb.map((v) => v + (255 - v) * 0.12);
      }
      kept.set(key, write(rgb));
    }
    return kept.get(key);
  };
})();
