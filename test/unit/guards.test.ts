/**
 * The compiler options and lint rules that the design relies on refuse what they are there for: each
 * is tried on a planted violation.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const tool = (name: string) => join(ROOT, 'node_modules', '.bin', name);

interface Planted {
  /** Folder that it stands in, which decides what holds for it. */
  readonly in: string;
  readonly source: string;
  readonly rule: string;
}

const LONG = `export function f(n: number) {\n${'  n += 1;\n'.repeat(71)}  return n;\n}\n`;

const LINTED: readonly Planted[] = [
  ...[
    'export const now = () => Date.now();\n',
    'export const day = new Date(0);\n',
    'export const g = globalThis;\n',
    'export const f = new Intl.NumberFormat();\n',
    'export const r = new WeakRef({});\n',
    "export const four = eval('2 + 2');\n",
  ].map(source => ({ in: 'twin', source, rule: 'lint/style/noRestrictedGlobals' })),
  {
    in: 'server',
    source: 'export const a = (b: any) => b;\n',
    rule: 'lint/suspicious/noExplicitAny',
  },
  {
    in: 'server',
    source: "import { Kind } from './good.ts';\n\nexport type A = Kind;\n",
    rule: 'lint/style/useImportType',
  },
  {
    in: 'server',
    source: "export { join } from 'path';\n",
    rule: 'lint/style/useNodejsImportProtocol',
  },
  { in: 'server', source: LONG, rule: 'lint/complexity/noExcessiveLinesPerFunction' },
  {
    in: 'dashboards/live/src',
    source: LONG,
    rule: 'lint/complexity/noExcessiveLinesPerFunction',
  },
  {
    in: 'server',
    source: "import './cycle.ts';\n\nexport const a = 1;\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  { in: 'server', source: 'export const  a = "b"\n', rule: 'format' },
];

/** A folder with the project's settings and these files; removed when the body has ended. */
async function withProject(
  files: Readonly<Record<string, string>>,
  body: (dir: string) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'orrery-planted-'));
  try {
    const settings = ['biome.json', 'tsconfig.json', 'twin/tsconfig.json'].map(
      file => [file, readFileSync(join(ROOT, file), 'utf8')] as const,
    );
    const more = { '.gitignore': 'node_modules\n', 'package.json': '{ "type": "module" }\n' };
    const all = { ...Object.fromEntries(settings), ...more, ...files };
    for (const [file, text] of Object.entries(all)) {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), text);
    }
    // What a violation would use is there to be found: the settings must keep it out.
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    await body(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Output of a program that must find something to complain about. */
function complaintsOf(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(tool(program), args, { cwd, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (error) resolve(stdout + stderr);
      else reject(new Error(`${program} let everything pass`));
    });
  });
}

const plantedFile = ({ in: folder }: Planted, i: number) => `${folder}/planted-${i}.ts`;

test('lint and format refuse what they are there for, and nothing else', () => {
  const files = {
    ...Object.fromEntries(LINTED.map((planted, i) => [plantedFile(planted, i), planted.source])),
    'server/cycle.ts': `import './planted-${LINTED.findIndex(p => /Cycles/.test(p.rule))}.ts';\n`,
    'server/good.ts': 'export type Kind = number;\n\nexport const now = () => Date.now();\n',
    'twin/good.ts': 'export const half = (a: number) => Math.sqrt(a) / 2;\n',
  };
  return withProject(files, async dir => {
    const args = ['check', '--error-on-warnings', '--reporter=github', '--max-diagnostics=none'];
    const lines = (await complaintsOf('biome', args, dir)).split('\n');
    const about = (file: string) => lines.filter(line => line.includes(`/${file},`));
    LINTED.forEach((planted, i) => {
      const found = about(plantedFile(planted, i));
      const isSeen = found.some(line => line.startsWith(`::error title=${planted.rule},`));
      assert.ok(isSeen, `${planted.rule}: ${planted.source}\n${found.join('\n')}`);
    });
    for (const file of ['server/good.ts', 'twin/good.ts']) assert.deepEqual(about(file), []);
  });
});

/** Each line stands in a file of its own in the engine's folder, and must not compile. */
const NOT_COMPILED: readonly string[] = [
  "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;",
  "import fs from 'fs';\nexport const a = fs;",
  'export const a = process.env;',
  "console.log('a');",
  'setTimeout(() => {}, 1);',
  'setInterval(() => {}, 1);',
  'queueMicrotask(() => {});',
  "export const a = fetch('http://a');",
  'export const a = performance.now();',
  'export const a = crypto.randomUUID();',
  "export const a = Buffer.from('a');",
  'export const a = document.title;',
  'export const a = window;',
  'export const a = new WebSocket("ws://a");',
  "export const a = new URL('http://a');",
  "import { a } from '../server/a.ts';\nexport const b = a;",
  'enum A { B }\nexport const a = A.B;',
  'export class A { constructor(readonly b: number) {} }',
  'export namespace A { export const b = 1; }',
  'export const a: number = undefined;',
  'export function a(b) { return b; }',
];

test('the engine does not compile with I/O, clocks, the outside, or syntax to be transformed', () => {
  const files = {
    ...Object.fromEntries(
      NOT_COMPILED.map((source, i) => [`twin/planted-${i}.ts`, `${source}\n`] as const),
    ),
    'server/a.ts': 'export const a = 1;\n',
    'twin/good.ts': 'export const half = (a: number) => Math.sqrt(a) / 2;\n',
  };
  return withProject(files, async dir => {
    const output = await complaintsOf('tsc', ['-p', 'twin', '--pretty', 'false'], dir);
    const passed = NOT_COMPILED.filter((_, i) => !output.includes(`planted-${i}.ts(`));
    assert.deepEqual(passed, [], output);
    assert.doesNotMatch(output, /good\.ts/);
  });
});
