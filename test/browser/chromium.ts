import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  chromium.executablePath(),
];

/** The first Chromium there is, or null; then it has said how to name one. */
export const chromiumPath = places.find((path) => path && existsSync(path)) ?? null;
if (chromiumPath === null) {
  console.warn('no Chromium found, tests in a browser are skipped: install one, or name it in CHROMIUM_PATH');
}

/** Offline and quiet: nothing but the page under test. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath!,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
