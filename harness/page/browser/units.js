// SPDX-License-Identifier: Apache-2.0
// Values as a reader writes them, with three digits, in the units of an axis.
(() => {
  'use strict';

  function digits(v) {
    if (v === 0) return '0';
    const a = Math.abs(v);
    if (a >= 999.5) return String(Math.round(v));
    return a >= 99.95 ? v.toFixed(0) : a >= 9.995 ? v.toFixed(1) : a >= 0.9995 ? v.toFixed(2) : v.toPrecision(3);
  }

  function scaled(v, steps) {
    const [size, unit] = steps.find(([size]) => Math.abs(v) >= size * 0.9995) || steps[steps.length - 1];
    return digits(v / size) + unit;
  }

  const SECONDS = [
    [1, '\u00a0s'],
    [1e-3, '\u00a0ms'],
    [1e-6, '\u00a0\u00b5s'],
    [1e-9, '\u00a0ns'],
  ];
  const THOUSANDS = [
    [1e9, '\u00a0G'],
    [1e6, '\u00a0M'],
    [1e3, '\u00a0k'],
    [1, ''],
  ];

  // 1 / (1 - p) as p, with a digit behind its nines.
  function quantile(v) {
    if (v <= 1) return '0\u00a0%';
    const places = Math.min(8, Math.max(1, Math.ceil(Math.log10(v)) - 1));
    return `${Number((100 * (1 - 1 / v)).toFixed(places))}\u00a0%`;
  }

  const WRITERS = {
    number: (v) => (Math.abs(v) >= 1e4 ? scaled(v, THOUSANDS) : digits(v)),
    seconds: (v) => (v === 0 ? '0\u00a0s' : scaled(v, SECONDS)),
    share: (v) => weir.percent(v).replace(' ', '\u00a0'),
    rate: (v) => (Math.abs(v) >= 1e3 ? scaled(v, THOUSANDS) : `${digits(v)}\u00a0`) + '/s',
    quantile,
    factor: (v) => `\u00d7${digits(v)}`,
  };

  weir.inUnit = (unit, v) => (WRITERS[unit] || WRITERS.number)(v);
})();
