/** Habits of the code that neither compiler nor linter sees: names, lengths, no promises left over. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = globSync('{twin,server,scenarios,dashboards,test,bin}/**/*.{ts,tsx,js,css}', {
  cwd: ROOT,
  exclude: ['**/dist/**', '**/generated/**'],
}).sort();
const CODE = FILES.filter(file => !file.endsWith('.css'));
const textOf = (file: string) => readFileSync(`${ROOT}${file}`, 'utf8');

/** Longest file, in lines; tables and suites of cases are lists, and may be longer. */
const LENGTH_MAX = 350;
const LONGER: Readonly<Record<string, number>> = {
  'twin/tables/signals.ts': 550,
};
const TEST_LENGTH_MAX = 450;

test('there is something to check', () => assert.ok(CODE.length > 300, `${CODE.length} files`));

test('no file has grown past what a reader takes in', () => {
  const long = CODE.map(file => [file, textOf(file).split('\n').length] as const).filter(
    ([file, lines]) =>
      lines > (LONGER[file] ?? (file.startsWith('test/') ? TEST_LENGTH_MAX : LENGTH_MAX)),
  );
  assert.deepEqual(long, []);
});

test('files are named in kebab case', () => {
  const odd = FILES.filter(
    file => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|d|config))?\.\w+$/.test(basename(file)),
  );
  assert.deepEqual(odd, []);
});

/** Words that say nothing about what a thing is. */
const EMPTY = new Set([
  'device',
  'devices',
  'manager',
  'helper',
  'helpers',
  'util',
  'utils',
  'data',
  'info',
  'infos',
]);

/** Names that others have given: Linux, IPMI, ROCm, Grafana, and Prometheus' info metrics. */
const GIVEN = new Set([
  ...['blockDevice', 'interpretMcInfo', 'amdDeviceMetrics', 'DataSourceRef'],
  ...['infos', 'writeInfos', 'writeHostInfo', 'writeGpuInfo'],
  // The data directory, as the command line calls it.
  ...['dataDir', 'DataDir', 'DataDirOptions', 'openDataDir', 'data-dir'],
]);

const words = (name: string) => name.split(/(?=[A-Z])|_|-/).map(word => word.toLowerCase());

const emptyNames = (text: string): string[] =>
  [...text.matchAll(/\b(?:const|let|function\*?|class|interface|type)\s+([A-Za-z_]\w*)/g)]
    .map(([, name]) => name)
    .filter(name => !GIVEN.has(name) && words(name).some(word => EMPTY.has(word)));

test('no name is empty of meaning', () => {
  const product = CODE.filter(file => !file.startsWith('test/'));
  const found = product.flatMap(file => emptyNames(textOf(file)).map(name => `${file}: ${name}`));
  assert.deepEqual(found, []);
  const named = FILES.map(file => basename(file).replace(/\..*/, ''));
  const files = named.filter(name => !GIVEN.has(name) && words(name).some(w => EMPTY.has(w)));
  assert.deepEqual(files, []);
  assert.deepEqual(emptyNames('const rackManager = 1;\nfunction hostInfo() {}\nlet dataW;'), [
    'rackManager',
    'hostInfo',
    'dataW',
  ]);
});

test('nothing is left for later in the code', () => {
  const marks = new RegExp(
    `\\b(${['TO', 'FIX', 'XX'].map((a, i) => a + ['DO', 'ME', 'X'][i]).join('|')})\\b`,
  );
  assert.deepEqual(
    FILES.filter(file => marks.test(textOf(file))),
    [],
  );
});
