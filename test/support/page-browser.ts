/** The live page as built, in a real browser, against its mock: and everything the browser says. */
import { accessSync, constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { temporaryDir } from './outside-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ARGS = ['--no-sandbox', '--headless', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['background-networking', 'component-update', 'sync'].map(
  part => `--disable-${part}`,
);

export interface PageBrowser {
  /** Folder of the built page. */
  readonly dist: string;
  open(url: string, options?: OpenOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly colours?: 'dark' | 'light';
  readonly width?: number;
  readonly height?: number;
}

interface OpenPage {
  readonly page: Page;
  /** Errors of the console and of scripts, refused requests, requests to other hosts. */
  readonly complaints: readonly string[];
}

function chromiumPath(): string {
  const dirs = (process.env.PATH ?? '').split(delimiter);
  const found = dirs.map(dir => join(dir, 'chromium')).find(isExecutable);
  if (!found) throw new Error('chromium is not on the PATH');
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Builds the page into a folder of its own and starts the browser. */
export async function startPageBrowser(): Promise<PageBrowser> {
  const dist = await temporaryDir('page');
  await build({
    configFile: join(ROOT, 'dashboards', 'live', 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: dist, emptyOutDir: true },
  });
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [...ARGS, ...QUIET],
  });
  return {
    dist,
    open: (url, options) => openPage(browser, url, options ?? {}),
    close: async () => {
      await browser.close();
      await rm(dist, { recursive: true, force: true });
    },
  };
}

async function openPage(browser: Browser, url: string, options: OpenOptions): Promise<OpenPage> {
  const { colours = 'dark', width = 1440, height = 900 } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: colours });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => {
    if (!request.url().startsWith(new URL(url).origin)) complaints.push(`asks ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}
