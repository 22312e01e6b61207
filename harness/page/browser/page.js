// SPDX-License-Identifier: Apache-2.0
// The page as a whole: light or dark, commands to copy, what paper wants.
(() => {
  'use strict';

  const { make } = weir;
  const root = document.documentElement;
  const NEXT = { auto: 'light', light: 'dark', dark: 'auto' };

  // ---- light or dark ----
  function kept() {
    try {
      return localStorage.getItem('weir-theme') || 'auto';
    } catch {
      return 'auto'; // a browser that keeps nothing
    }
  }

  function keep(theme) {
    try {
      localStorage.setItem('weir-theme', theme);
    } catch {
      // it is asked for again on the next visit
    }
  }

  function setTheme(theme) {
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent('weir-theme'));
  }

  function addThemeButton() {
    const button = make('button', { type: 'button', class: 'theme' });
    let theme = kept();
    const show = () => {
      button.textContent = { auto: 'Auto', light: 'Light', dark: 'Dark' }[theme];
      button.setAttribute('aria-label', `Colours: ${theme}. Change to ${NEXT[theme]}`);
      setTheme(theme);
    };
    button.addEventListener('click', () => {
      theme = NEXT[theme];
      keep(theme);
      show();
    });
    document.querySelector('.tools').append(button);
    show();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => setTheme(theme));
  }

  // ---- commands ----
  function addCopying() {
    if (!navigator.clipboard) return;
    for (const block of document.querySelectorAll('pre')) {
      const button = make('button', { type: 'button', class: 'copy' }, 'Copy');
      button.addEventListener('click', async () => {
        try {
          await navigator.clipboard.writeText(block.querySelector('code').textContent);
          button.textContent = 'Copied';
        } catch {
          button.textContent = 'Not allowed';
        }
        setTimeout(() => {
          button.textContent = 'Copy';
        }, 2000);
      });
      const box = make('div', { class: 'command' });
      block.replaceWith(box);
      box.append(block, button);
    }
  }

  // ---- paper ----
  // Everything is open and drawn on paper, in dark on white.
  function preparePrinting() {
    let closed = [];
    let theme;
    addEventListener('beforeprint', () => {
      closed = [...document.querySelectorAll('details:not([open])')];
      closed.forEach((details) => {
        details.open = true;
      });
      theme = root.dataset.theme || 'auto';
      setTheme('light');
      document.dispatchEvent(new CustomEvent('weir-print'));
    });
    addEventListener('afterprint', () => {
      closed.forEach((details) => {
        details.open = false;
      });
      setTheme(theme);
      document.dispatchEvent(new CustomEvent('weir-screen'));
    });
  }

  addThemeButton();
  weir.startTables();
  weir.startLedgers();
  if (weir.startPlots) weir.startPlots();
  addCopying();
  preparePrinting();
})();
