// SPDX-License-Identifier: Apache-2.0
// page.js CHROMIUM FOLDER: opens the pages in FOLDER and looks at them as a reader does, with mouse and keys.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { Browser } = require('./browser.js');

const [program, folder] = process.argv.slice(2);
const url = (name) => `file://${path.join(folder, name)}`;
const result = (name) => JSON.parse(fs.readFileSync(path.join(folder, name, 'result.json'), 'utf8'));

// ---- what every page keeps ----
async function isClean(page, name) {
  assert.deepEqual(page.errors, [], `${name}: errors in the console`);
  assert.deepEqual(page.requests, [url(name)], `${name}: only the file itself is asked for`);
}

const COLUMN = (title) => `[...document.querySelectorAll('table.points')[0].tHead.rows[0].cells]
  .findIndex((head) => head.textContent === ${JSON.stringify(title)})`;
const VALUES = (title) => `(() => { const c = ${COLUMN(title)};
  return [...document.querySelector('table.points').tBodies[0].rows].map((row) => Number(row.cells[c].dataset.v)); })()`;
const SORT = (title) => `document.querySelector('table.points').tHead.rows[0].cells[${COLUMN(title)}].getAttribute('aria-sort')`;
const BUTTON = (title) => `document.querySelector('table.points').tHead.rows[0].cells[${COLUMN(title)}].querySelector('button')`;

async function clickOn(page, element) {
  const { x, y } = await page.value(`(() => { const e = ${element}; e.scrollIntoView({block: 'center'});
    const box = e.getBoundingClientRect(); return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()`);
  await page.point(x, y, true);
}

const ascending = (values) => values.slice(1).every((v, i) => values[i] <= v);
const descending = (values) => values.slice(1).every((v, i) => values[i] >= v);

async function noSideways(page, what) {
  const [inner, outer] = await page.value('[document.documentElement.scrollWidth, innerWidth]');
  assert.ok(inner <= outer, `${what}: the page is ${inner} wide in a window of ${outer}`);
}

// ---- tests ----
const tests = {
  async 'it says what the run showed'(browser) {
    const page = await browser.open(url('moved.html'));
    const text = await page.value('document.body.innerText');
    for (const part of ['Which strategy loses least?', 'lost nothing', result('moved').env.machine_id]) {
      assert.ok(text.includes(part), `the page does not say: ${part}`);
    }
    const seed = result('moved').cells[0].seed - result('moved').cells[0].rep;
    assert.equal(await page.value(`document.querySelector('.files td.n').textContent`), String(seed));
    assert.ok(!/ --out| -o |moved/.test(await page.value(`document.querySelector('#commands code + code, #commands pre').textContent`)));
    const levels = await page.value(`[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))`);
    assert.equal(levels[0], 1);
    assert.ok(levels.every((level, i) => i === 0 || level <= levels[i - 1] + 1), `headings: ${levels}`);
    assert.equal(await page.value('document.documentElement.lang'), 'en');
    assert.ok((await page.value('document.title')).includes('slow-sink'));
    await isClean(page, 'moved.html');
    await page.close();
  },

  async 'a click on a head sorts, and so do Enter and Space'(browser) {
    const page = await browser.open(url('moved.html'));
    const before = await page.value(VALUES('delivered/s'));
    assert.ok(!ascending(before), 'the run is not in this order');
    await clickOn(page, BUTTON('delivered/s'));
    assert.equal(await page.value(SORT('delivered/s')), 'ascending');
    assert.ok(ascending(await page.value(VALUES('delivered/s'))));
    await page.value(`${BUTTON('p50')}.focus()`);
    await page.key('Enter');
    assert.equal(await page.value(SORT('delivered/s')), 'none');
    assert.equal(await page.value(SORT('p50')), 'ascending');
    assert.ok(ascending(await page.value(VALUES('p50'))));
    await page.key(' ');
    assert.equal(await page.value(SORT('p50')), 'descending');
    assert.ok(descending(await page.value(VALUES('p50'))));
    await page.key(' ');
    assert.deepEqual(await page.value(VALUES('delivered/s')), before, 'the third time it is as it was');
    await isClean(page, 'moved.html');
    await page.close();
  },

  async 'a filter hides rows'(browser) {
    const page = await browser.open(url('moved.html'));
    const shown = `[...document.querySelector('table.points').tBodies[0].rows].filter((row) => !row.hidden)`;
    const all = await page.value(`${shown}.length`);
    await page.value(`document.querySelector('.filter input').focus()`);
    for (const letter of 'mutex') await page.key(letter);
    const some = await page.value(`${shown}.map((row) => row.textContent)`);
    assert.ok(some.length > 0 && some.length < all, `${some.length} of ${all}`);
    assert.ok(some.every((row) => row.includes('mutex')));
    await page.value(`(() => { const e = document.querySelector('.filter input'); e.value = ''; e.dispatchEvent(new Event('input')); })()`);
    assert.equal(await page.value(`${shown}.length`), all);
    await page.value(`(() => { const e = [...document.querySelectorAll('.filter label')].find((l) => l.textContent.startsWith('strategy')).querySelector('select');
      e.value = 'block'; e.dispatchEvent(new Event('change')); })()`);
    const block = await page.value(`${shown}.map((row) => row.cells[1].textContent)`);
    assert.ok(block.length > 0 && block.every((strategy) => strategy === 'block'), String(block));
    await page.close();
  },

  async 'the ledger is drawn, and balances'(browser) {
    const page = await browser.open(url('moved.html'));
    await page.value(`document.querySelector('.picture').scrollIntoView()`);
    await page.until(`document.querySelector('.picture svg')`);
    const cells = result('moved').cells.filter((cell) => cell.status !== 'skipped');
    const names = await page.value(`[...document.querySelectorAll('.picture option')].map((o) => o.textContent)`);
    assert.equal(names.length, cells.length);
    const lossy = cells.find((cell) => cell.params.strategy === 'drop_newest' && cell.params.queue === 'mpmc' && cell.rep === 0);
    await page.value(`(() => { const e = document.querySelector('.picture select');
      e.value = [...e.options].findIndex((o) => o.textContent === 'mpmc, drop_newest, rep 0'); e.dispatchEvent(new Event('change')); })()`);
    const said = await page.value(`document.querySelector('.balance').textContent`);
    const drawn = await page.value(`document.querySelector('.picture svg').textContent`);
    for (const n of [lossy.ledger.generated, lossy.ledger.delivered, lossy.ledger.lost.drop_newest]) {
      assert.ok(said.includes(n.toLocaleString('en-US')), `${n} is not said: ${said}`);
      assert.ok(drawn.includes(n.toLocaleString('en-US')), `${n} is not drawn: ${drawn}`);
    }
    assert.ok(said.includes('it balances'));
    const heights = await page.value(`[...document.querySelectorAll('.picture .bar')].map((bar) => [bar.getAttribute('class'), Number(bar.getAttribute('height'))])`);
    const height = (kind) => heights.filter(([name]) => name === `bar ${kind}`).reduce((sum, [, h]) => sum + h, 0);
    const share = lossy.ledger.lost.total / lossy.ledger.generated;
    assert.ok(Math.abs(height('lost') / (height('lost') + height('good')) - share) < 0.01, 'widths are proportional');
    await isClean(page, 'moved.html');
    await page.close();
  },

  async 'a plot says its values, to the mouse and to the keys'(browser) {
    const page = await browser.open(url('one.html'));
    if (!(await page.value(`document.getElementById('sheets') !== null`))) {
      console.log('no plots: weir was built without the plotting library');
      assert.ok((await page.value('document.body.textContent')).includes('built without npm'));
      return;
    }
    const panel = `document.querySelector('.panel')`;
    await page.value(`document.querySelector('.plot').scrollIntoView()`);
    await page.until(`${panel} && ${panel}.querySelector('.u-over')`);
    const sheet = await page.value(`JSON.parse(document.getElementById('sheets').textContent)[0].panels[0]`);
    const p99 = result('one').cells[0].response_ns.p99 / 1e9;
    const box = await page.value(`(() => { const b = ${panel}.querySelector('.u-over').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()`);
    const share = (axis, v) => (axis.log ? Math.log(v / axis.lo) / Math.log(axis.hi / axis.lo) : (v - axis.lo) / (axis.hi - axis.lo));
    const x = box[0] + share(sheet.x, 100) * box[2]; // where 99 % of the records are below
    const y = box[1] + (1 - share(sheet.y, p99)) * box[3];
    await page.point(x, y);
    const tip = `${panel}.querySelector('.tip')`;
    const said = (await page.value(`${tip}.innerText`)).replaceAll('\u00a0', ' ');
    const want = p99 >= 0.9995 ? `${p99.toPrecision(3)} s` : `${(p99 * 1e3).toPrecision(3)} ms`;
    assert.ok(said.includes(`response time ${want}`) && said.includes('99 %'), `${want} is not in: ${said}`);
    await page.point(2, 2);
    assert.ok(await page.value(`${tip}.hidden`), 'it goes with the mouse');
    await page.value(`${panel}.focus()`);
    const heard = [];
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'End']) {
      await page.key(key);
      heard.push(await page.value(`${tip}.innerText`));
    }
    assert.equal(heard[1], heard[3], 'right, right, left is right');
    assert.equal(new Set(heard).size, 4, heard.join(' | '));
    await page.key('Escape');
    assert.ok(await page.value(`${tip}.hidden`));
    await isClean(page, 'one.html');
    await page.close();
  },

  async 'dark mode changes the colours, by the system and by the button'(browser) {
    const paper = `getComputedStyle(document.documentElement).backgroundColor`;
    const page = await browser.open(url('moved.html'), { dark: true });
    const dark = await page.value(paper);
    await page.dark(false);
    const light = await page.value(paper);
    assert.notEqual(dark, light);
    const button = `document.querySelector('button.theme')`;
    await clickOn(page, button); // light
    await clickOn(page, button); // dark
    assert.equal(await page.value(paper), dark);
    await page.close();
  },

  async 'contrast is enough, in light and dark'(browser) {
    const page = await browser.open(url('hostile.html'));
    const worst = `(() => {
      const lum = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const paper = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!c.endsWith(', 0)')) return c; } return 'rgb(255, 255, 255)'; };
      let worst = [99, ''];
      for (const e of document.querySelectorAll('body *')) {
        if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.offsetParent) continue;
        const [a, b] = [lum(getComputedStyle(e).color), lum(paper(e))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < worst[0]) worst = [ratio, e.outerHTML.slice(0, 80)];
      }
      return worst; })()`;
    for (const dark of [false, true]) {
      await page.dark(dark);
      const [ratio, where] = await page.value(worst);
      assert.ok(ratio >= 4.5, `a contrast of ${ratio} in ${where}`);
    }
    await page.close();
  },

  async 'it fits a phone'(browser) {
    for (const name of ['moved.html', 'bench.html', 'conform.html', 'hostile.html']) {
      const page = await browser.open(url(name), { width: 320, height: 640 });
      await page.value(`document.querySelectorAll('details').forEach((d) => { d.open = true; })`);
      await page.value(`scrollTo(0, document.body.scrollHeight)`);
      await noSideways(page, name);
      await page.size(360, 640);
      await noSideways(page, name);
      await isClean(page, name);
      await page.close();
    }
  },

  async 'paper shows everything'(browser) {
    const page = await browser.open(url('moved.html'));
    const pdf = await page.pdf();
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    await page.value(`dispatchEvent(new Event('beforeprint'))`);
    await page.paper(true);
    assert.equal(await page.value(`document.querySelectorAll('details:not([open])').length`), 0);
    const drawn = (what, inside) => `document.querySelectorAll('${what} ${inside}').length >= document.querySelectorAll('${what}').length`;
    await page.until(drawn('.picture', 'svg'));
    await page.until(`!document.getElementById('sheets') || ${drawn('.plot', '.u-over')}`);
    const cut = await page.value(`[...document.querySelectorAll('.scroll')].filter((box) => getComputedStyle(box).overflowY !== 'visible').length`);
    assert.equal(cut, 0, 'a table that is cut off on paper');
    const unseen = await page.value(`[...document.querySelectorAll('main tr, main p:not(.hint), main figure')].filter((e) => !e.checkVisibility()).length`);
    assert.equal(unseen, 0, 'something is hidden on paper');
    await isClean(page, 'moved.html');
    await page.close();
  },

  async 'hostile names are only names'(browser) {
    const page = await browser.open(url('hostile.html'));
    await page.value(`scrollTo(0, document.body.scrollHeight)`);
    await page.until(`document.querySelector('.picture svg')`);
    assert.equal(await page.value('typeof window.hostile'), 'undefined');
    assert.equal(await page.value(`document.querySelectorAll('img, script:not([type])').length`), 1, 'our script is the only one');
    const text = await page.value('document.body.textContent');
    for (const part of ['<script>window.hostile=1</script>', '" onmouseover="window.hostile=1" x="']) {
      assert.ok(text.includes(part), `not shown as it is: ${part}`);
    }
    for (const status of ['invalid', 'failed', 'skipped']) {
      assert.equal(await page.value(`document.querySelectorAll('table.points tr[data-status=${status}]').length`), 1, status);
    }
    assert.ok((await page.value(`[...document.querySelectorAll('.picture option')].length`)) > 1);
    await page.value(`(() => { const e = document.querySelector('.picture select'); e.value = 1; e.dispatchEvent(new Event('change')); })()`);
    assert.ok((await page.value(`document.querySelector('.balance').textContent`)).includes('does not balance'));
    await isClean(page, 'hostile.html');
    await page.close();
  },

  async 'nothing but its own script may run'(browser) {
    const page = await browser.open(url('moved.html'));
    await page.value(`(() => { const s = document.createElement('script'); s.textContent = 'window.hostile = 1'; document.body.append(s); })()`);
    await page.value(`fetch('https://example.invalid/').catch(() => {})`);
    assert.equal(await page.value('typeof window.hostile'), 'undefined');
    assert.deepEqual(page.requests, [url('moved.html')]);
    await page.close();
  },

  async 'every plot of every page is drawn'(browser) {
    for (const name of ['moved.html', 'bench.html', 'hostile.html', 'large.html']) {
      const page = await browser.open(url(name));
      const count = await page.value(`document.querySelectorAll('.plot').length`);
      for (let i = 0; i < count; i++) {
        await page.value(`document.querySelectorAll('.plot')[${i}].scrollIntoView()`);
        await page.until(`document.querySelectorAll('.plot')[${i}].querySelector('.u-over')`);
      }
      await noSideways(page, name);
      await isClean(page, name);
      await page.close();
    }
  },

  async '500 cells load and sort'(browser) {
    const page = await browser.open(url('large.html'));
    assert.equal(await page.value(`document.querySelector('table.points').tBodies[0].rows.length`), 500);
    await clickOn(page, BUTTON('delivered/s'));
    const values = await page.value(VALUES('delivered/s'));
    assert.ok(values.length === 500 && ascending(values));
    assert.ok(fs.statSync(path.join(folder, 'large.html')).size < 8e6);
    await isClean(page, 'large.html');
    await page.close();
  },

  async 'without scripts the findings are there'(browser) {
    const page = await browser.open(url('moved.html'), { script: false });
    const document = await page.ask('DOM.getDocument');
    const { nodeId } = await page.ask('DOM.querySelector', { nodeId: document.root.nodeId, selector: 'body' });
    const { outerHTML } = await page.ask('DOM.getOuterHTML', { nodeId });
    for (const part of ['class="question"', 'class="verdict"', '<table class="grid points"', 'Without scripts']) {
      assert.ok(outerHTML.includes(part), part);
    }
    assert.deepEqual(page.requests, [url('moved.html')]);
    await page.close();
  },

  async 'the other documents make sensible pages'(browser) {
    for (const [name, rows] of [['bench.html', 4], ['conform.html', 3]]) {
      const page = await browser.open(url(name));
      assert.equal(await page.value(`document.querySelector('table.points').tBodies[0].rows.length`), rows, name);
      await isClean(page, name);
      await page.close();
    }
  },
};

async function main() {
  const browser = new Browser(program);
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(browser);
      console.log(`passed: ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED: ${name}\n${error.stack}`);
    }
  }
  await browser.close();
  process.exitCode = failed ? 1 : 0;
}

main();
