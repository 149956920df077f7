/**
 * Makes `wire-bytes.ts` of the AssemblyScript in `assembly/`, so that nobody but its authors needs
 * the compiler: `npm run build:wire`. The compiler is fetched for it, in the version named here.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';
const SOURCE = join(import.meta.dirname, 'assembly/wire.ts');
const TARGET = join(import.meta.dirname, 'wire-bytes.ts');
const OPTIONS = [
  ...['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort='],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads'],
];
const LINE_CHARACTERS = 90;

/** By which a test sees that the module is of this source. */
export const sourceDigest = () =>
  createHash('sha256').update(COMPILER).update(readFileSync(SOURCE)).digest('hex');

/** @throws Error of the compiler, or when it cannot be had */
export function compile(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-wire-'));
  try {
    const out = join(folder, 'wire.wasm');
    execFileSync('npx', ['--yes', '--package', COMPILER, 'asc', SOURCE, '-o', out, ...OPTIONS], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function moduleText(wasm: Buffer): string {
  const lines = wasm.toString('base64').match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return [
    '/** Made by `npm run build:wire` of `assembly/wire.ts`: change that one. */',
    '',
    '/** Of the source and the name of its compiler. */',
    `export const SOURCE_DIGEST = '${sourceDigest()}';`,
    '',
    '/** The module, in base64. */',
    `export const WIRE_MODULE = [\n${lines.map(line => `  '${line}',\n`).join('')}].join('');`,
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(TARGET, moduleText(compile()));
