/** The pages name what is there: links, requests, commands, benchmarks and metrics of the service. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import test from 'node:test';
import { openApi } from '../../server/api/openapi.ts';
import { ROUTES } from '../../server/api/routes/index.ts';
import { BENCHES, LAB_BENCHES } from '../../server/bench/index.ts';
import { KINDS } from '../../twin/index.ts';
import { readSources } from '../support/boundaries.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const pagesIn = (dir: string) =>
  readdirSync(new URL(dir, ROOT))
    .filter(name => name.endsWith('.md'))
    .map(name => dir + name);

const PAGES = new Map(
  [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...pagesIn('docs/'),
    ...pagesIn('docs/adr/'),
  ].map(path => [path, read(path)] as const),
);
const ALL = [...PAGES.values()].join('\n');

/** The anchor that a heading gets where Markdown is shown. */
const anchorOf = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (text: string) =>
  new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading)));

test('links between the pages lead somewhere', () => {
  const broken: string[] = [];
  for (const [page, text] of PAGES) {
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path, anchor] = link.split('#');
      const target = path === '' ? page : posix.join(posix.dirname(page), path);
      const there = existsSync(new URL(target, ROOT));
      const text = there && anchor && statSync(new URL(target, ROOT)).isFile() ? read(target) : '';
      if (!there || (anchor && !anchorsOf(text).has(anchor))) broken.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
});

test('requests that the pages name exist, and each that exists is on the page of the API', () => {
  const routes = Object.keys(openApi(ROUTES).paths as object).filter(path =>
    path.startsWith('/api/v1/'),
  );
  const patterns = routes.map(path => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
  // Of another service: Mimir.
  const others = new Set(['/api/v1/push']);
  const unknown = [...ALL.matchAll(/\/api\/v1(?:\/(?:[\w%-]+|\{\w+\}))+/g)]
    .map(([path]) => path)
    .filter(path => !others.has(path) && !patterns.some(pattern => pattern.test(path)))
    // A whole family: `/api/v1/figures`.
    .filter(path => !routes.some(route => route.startsWith(`${path}/`)));
  assert.deepEqual(unknown, []);
  const api = PAGES.get('docs/api.md') ?? '';
  const silent = routes.filter(path => {
    const [, name] = path.match(/^\/api\/v1(\/[\w/]+)/) ?? [];
    return !new RegExp(`${name?.replace(/\/$/, '')}(?![\\w-])`).test(api);
  });
  assert.deepEqual(silent, []);
});

test('commands that the pages name exist, and each that exists is in the README', () => {
  const table = read('server/cli.ts').match(/const COMMANDS[\s\S]*?\n};/)?.[0] ?? '';
  const commands = [...table.matchAll(/^ {2}(\w+): async/gm)].map(([, name]) => name);
  assert.ok(commands.length > 10);
  const named = [...ALL.matchAll(/(?:`|npx |\$ )orrery ([a-z]+)\b/g)].map(([, name]) => name);
  assert.deepEqual(
    named.filter(name => !commands.includes(name)),
    [],
  );
  const readme = (PAGES.get('README.md') ?? '').match(/## Commands[\s\S]*?\n## /)?.[0] ?? '';
  assert.deepEqual(
    commands.filter(name => !new RegExp(`\`(orrery )?${name}\\b`).test(readme)),
    [],
  );
});

test('rooms, and the files at the top of the server, are on the page of the architecture', () => {
  const page = PAGES.get('docs/architecture.md') ?? '';
  const parts = [...readSources(ROOT).keys()].map(file => file.split('/'));
  const rooms = parts.filter(path => path.length > 2 && /^(twin|server)$/.test(path[0]));
  const names = [
    ...rooms.map(([floor, room]) => `${floor}/${room}`),
    ...parts.filter(path => path[0] === 'server' && path.length === 2).map(([, file]) => file),
  ];
  assert.deepEqual(
    [...new Set(names)].filter(name => !new RegExp(`\\b${name}\\b`).test(page)),
    [],
  );
});

test('each benchmark has a line in the table of the newest figures', () => {
  const table =
    (PAGES.get('docs/benchmarks.md') ?? '').match(/## The newest[\s\S]*?\n## /)?.[0] ?? '';
  const lines = new Set([...table.matchAll(/^\|.*\d.*\| `(\w+)` \|$/gm)].map(([, name]) => name));
  assert.deepEqual([...lines].sort(), Object.keys({ ...BENCHES, ...LAB_BENCHES }).sort());
});

test("the service's own metrics are on a page, and those on the pages exist", () => {
  const registered = new Set<string>();
  // By template, or by prom-client.
  const made = [
    'orrery_forward_',
    'orrery_fidelity_',
    'orrery_calibration_',
    'orrery_process_',
    'orrery_nodejs_',
  ];
  for (const [file, text] of readSources(ROOT)) {
    // Names in `ingest` are of series that come in.
    if (!/^server\/(?!bench|ingest)/.test(file)) continue;
    for (const [, name] of text.matchAll(/['"`](orrery_[a-z_]+[a-z])['"`]/g)) registered.add(name);
  }
  assert.ok(registered.size > 40);
  const isSignal = (name: string) => KINDS.some(({ id }) => name.startsWith(`orrery_${id}`));
  const known = (name: string) =>
    registered.has(name) || made.some(prefix => name.startsWith(prefix)) || isSignal(name);
  const named = new Set(
    [...ALL.matchAll(/\borrery_[a-z_0-9]*[a-z0-9](?!\w|\*|_)/g)].map(m => m[0]),
  );
  assert.deepEqual(
    [...named].filter(name => !known(name)),
    [],
  );
  const families = [...ALL.matchAll(/\b(orrery_[a-z_]+)\*/g)].map(([, prefix]) => prefix);
  assert.deepEqual(
    [...registered].filter(
      name => !named.has(name) && !families.some(prefix => name.startsWith(prefix)),
    ),
    [],
  );
});
