// SPDX-License-Identifier: Apache-2.0
// A headless Chromium, spoken to over its DevTools pipe: JSON messages that end in NUL, on descriptors 3 and 4. No
// port, no package, nothing to download.
'use strict';

const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

const ANSWER_MS = 60000; // nothing here takes long; this is for a browser that is gone

class Browser {
  constructor(program) {
    this.profile = mkdtempSync(path.join(tmpdir(), 'weir-chromium-'));
    this.process = spawn(
      program,
      [
        '--headless=new',
        '--remote-debugging-pipe',
        '--no-sandbox', // the tests may run as root
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--hide-scrollbars',
        '--force-color-profile=srgb',
        `--user-data-dir=${this.profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    this.asked = new Map();
    this.listeners = [];
    this.last = 0;
    let rest = '';
    this.process.stdio[4].setEncoding('utf8');
    this.process.stdio[4].on('data', (data) => {
      const parts = (rest + data).split('\0');
      rest = parts.pop();
      for (const part of parts) this.take(JSON.parse(part));
    });
    this.process.stdio[3].on('error', () => {}); // said by the exit
    this.process.on('exit', () => this.drop(new Error('the browser ended')));
    this.process.on('error', (error) => this.drop(error));
  }

  drop(error) {
    this.ended = error;
    for (const { reject } of this.asked.values()) reject(error);
    this.asked.clear();
  }

  take(message) {
    if (message.id) {
      const { resolve, reject } = this.asked.get(message.id) || {};
      this.asked.delete(message.id);
      if (message.error) reject?.(new Error(message.error.message));
      else resolve?.(message.result);
    } else {
      for (const listener of this.listeners) listener(message);
    }
  }

  ask(method, params = {}, sessionId = undefined) {
    if (this.ended) return Promise.reject(this.ended);
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), ANSWER_MS);
      this.asked.set(id, {
        resolve: (result) => (clearTimeout(timer), resolve(result)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      });
      this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    });
  }

  async open(url, { width = 1200, height = 900, script = true, dark = false } = {}) {
    const { targetId } = await this.ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.ask('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    await page.start(url, { width, height, script, dark });
    return page;
  }

  async close() {
    const gone = new Promise((resolve) => {
      this.process.exitCode === null ? this.process.once('exit', resolve) : resolve();
    });
    await this.ask('Browser.close').catch(() => this.process.kill('SIGKILL'));
    await gone;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

class Page {
  constructor(browser, session, target) {
    Object.assign(this, { browser, session, target, errors: [], requests: [] });
    browser.listeners.push((message) => message.sessionId === session && this.hear(message));
  }

  hear({ method, params }) {
    if (method === 'Runtime.exceptionThrown') {
      this.errors.push(params.exceptionDetails.exception?.description || params.exceptionDetails.text);
    } else if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) {
      this.errors.push(params.entry.text);
    } else if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(params.type)) {
      this.errors.push(params.args.map((arg) => arg.value).join(' '));
    } else if (method === 'Fetch.requestPaused') {
      this.requests.push(params.request.url);
      this.ask('Fetch.continueRequest', { requestId: params.requestId }).catch(() => {});
    } else if (method === 'Page.loadEventFired') {
      this.loaded?.();
    }
  }

  ask(method, params) {
    return this.browser.ask(method, params, this.session);
  }

  async start(url, { width, height, script, dark }) {
    for (const domain of ['Page', 'Runtime', 'Log']) await this.ask(`${domain}.enable`);
    await this.ask('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
    await this.size(width, height);
    await this.dark(dark);
    if (!script) await this.ask('Emulation.setScriptExecutionDisabled', { value: true });
    const loaded = new Promise((resolve) => {
      this.loaded = resolve;
    });
    await this.ask('Page.navigate', { url });
    await loaded;
  }

  size(width, height) {
    return this.ask('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
  }

  dark(dark) {
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    return this.ask('Emulation.setEmulatedMedia', { features });
  }

  paper(on) {
    return this.ask('Emulation.setEmulatedMedia', { media: on ? 'print' : '' });
  }

  // The value of an expression of the page, also of a promise.
  async value(expression) {
    const { result, exceptionDetails } = await this.ask('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
    return result.value;
  }

  // Waits until the expression is true: for what is drawn when it comes into sight.
  async until(expression, milliseconds = 15000) {
    const end = Date.now() + milliseconds;
    while (!(await this.value(`Boolean(${expression})`))) {
      if (Date.now() > end) throw new Error(`never: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async key(key, code = key) {
    const text = key === 'Enter' ? '\r' : key.length === 1 ? key : undefined;
    const codes = { Enter: 13, ' ': 32, Tab: 9, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Home: 36, End: 35, Escape: 27 };
    const common = { key, code: key === ' ' ? 'Space' : code, windowsVirtualKeyCode: codes[key] };
    await this.ask('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...common });
    await this.ask('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
  }

  async point(x, y, click = false) {
    await this.ask('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
    if (!click) return;
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.ask('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  }

  async shot(file, whole = false) {
    const { data } = await this.ask('Page.captureScreenshot', { captureBeyondViewport: whole });
    require('node:fs').writeFileSync(file, Buffer.from(data, 'base64'));
  }

  async pdf() {
    const { data } = await this.ask('Page.printToPDF', { preferCSSPageSize: true, printBackground: true });
    return Buffer.from(data, 'base64');
  }

  close() {
    return this.browser.ask('Target.closeTarget', { targetId: this.target });
  }
}

module.exports = { Browser };
