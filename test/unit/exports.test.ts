/** Whatever a file exports, another file imports: what nobody imports is its own business, or dead. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import test from 'node:test';
import { readSources, type Sources } from '../support/boundaries.ts';

const ROOT = new URL('../../', import.meta.url);

/** Imported by name of its path, from JavaScript: the package's entry. */
const ENTRIES: ReadonlySet<string> = new Set(['server/cli.ts main']);
/** AssemblyScript: who loads the module calls its exports, without an import that tells so. */
const ASSEMBLY = /\/assembly\//;

const EXPORT =
  /^export (?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type) (\w+)/gm;
const IMPORT =
  /\b(?:import|export)\s+(?:type\s+)?(\{[^}]*\}|\*)[^'"\n;]*?from\s+['"](\.[^'"]+)['"]/g;
const LOADED = /\bimport\(\s*['"](\.[^'"]+)['"]\s*\)/g;

/** Exports that no import names, as `file name`; a file that is taken whole has none. */
function unusedIn(sources: Sources): string[] {
  const used = new Set<string>();
  const whole = new Set<string>();
  for (const [file, text] of sources) {
    const from = (path: string) => posix.join(posix.dirname(file), path);
    for (const [, names, path] of text.matchAll(IMPORT)) {
      if (names === '*') whole.add(from(path));
      for (const [, name] of names.matchAll(/(?:^\{|,)\s*(?:type\s+)?(\w+)/g)) {
        used.add(`${from(path)} ${name}`);
      }
    }
    for (const [, path] of text.matchAll(LOADED)) whole.add(from(path));
  }
  return [...sources].flatMap(([file, text]) =>
    whole.has(file) || ASSEMBLY.test(file)
      ? []
      : [...text.matchAll(EXPORT)]
          .map(([, name]) => `${file} ${name}`)
          .filter(each => !used.has(each) && !ENTRIES.has(each)),
  );
}

test('every export has an importer', () => {
  const sources = readSources(ROOT);
  assert.ok(sources.size > 500, `${sources.size} files`);
  assert.deepEqual(unusedIn(sources), []);
});

test('an export without one is found', () => {
  const sources = new Map([
    ['server/a.ts', 'export const used = 1;\nexport interface Own {}\nexport type T = Own;\n'],
    ['server/b/c.ts', "import {\n  type T,\n  used as other,\n} from '../a.ts';\n"],
    ['server/d.ts', 'export const all = 1;\n'],
    ['server/e.ts', "export * from './d.ts';\nconst f = await import('./f.ts');\n"],
    ['server/f.ts', 'export function loaded() {}\n'],
    ['server/assembly/g.ts', 'export function called(): void {}\n'],
  ]);
  assert.deepEqual(unusedIn(sources), ['server/a.ts Own']);
});
