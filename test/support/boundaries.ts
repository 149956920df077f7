/**
 * Who may import whom, as a table of rules over source texts; and what the engine may not name,
 * beyond what its compiler options and the linter refuse.
 */
import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Path within the repository to its text. */
export type Sources = ReadonlyMap<string, string>;

interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

interface Import {
  readonly file: string;
  readonly line: number;
  /** As written. */
  readonly name: string;
  /** The file it leads to; undefined for packages and Node's own modules. */
  readonly to: string | undefined;
}

interface Rule {
  readonly id: string;
  readonly why: string;
  /** Files that it binds. */
  readonly of: (file: string) => boolean;
  readonly allows: (at: Import) => boolean;
}

/** What the engine may use: no I/O, no clock, no state of its own. */
const PURE_PACKAGES = ['zod', 'ml-regression'];
const DOOR = 'twin/index.ts';
const PARTS = ['server', 'dashboards', 'scenarios'];

/**
 * Floors of the engine, from the ground up: a file imports from its own floor and from those below.
 * What physics says of one thing stands on the ground floor but one; of a whole site, above the state.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['twin/parts.ts', 'twin/tables/', 'twin/maths/', 'twin/forecast/'],
  ['twin/topology/', 'twin/physics/'],
  ['twin/state/', 'twin/closure/'],
  ['twin/physics/network/', 'twin/physics/reliability/', 'twin/physics/transient/'],
  ['twin/limits/', 'twin/derive/', 'twin/agreement/', 'twin/predict/', 'twin/fidelity/'],
  ['twin/calibrate/', 'twin/place/'],
  ['twin/whatif/', 'twin/published/'],
  ['twin/twin.ts', 'twin/migrate.ts'],
  ['twin/index.ts'],
];

/** The longer name decides; -1 for what is no part of the engine. */
const floorOf = (file: string) => {
  const names = FLOORS.flat().filter(name => file.startsWith(name));
  const name = names.reduce((longest, each) => (each.length > longest.length ? each : longest), '');
  return FLOORS.findIndex(floor => floor.includes(name));
};

const under = (folder: string) => (file: string | undefined) =>
  file?.startsWith(`${folder}/`) ?? false;
const inTwin = under('twin');
const inPlant = under('scenarios/plant');
const inLab = under('scenarios/lab');
const isRoot = (file: string) => file === 'server/cli.ts' || under('server/cli')(file);

export const RULES: readonly Rule[] = [
  {
    id: 'twin is closed',
    why: 'the engine imports itself and pure packages',
    of: inTwin,
    allows: ({ to, name }) =>
      to === undefined
        ? PURE_PACKAGES.some(pure => name === pure || name.startsWith(`${pure}/`))
        : inTwin(to),
  },
  {
    id: 'floors of the engine',
    why: 'only what stands lower is known, or stands beside it',
    of: file => floorOf(file) >= 0,
    allows: ({ file, to }) => to === undefined || floorOf(to) <= floorOf(file),
  },
  {
    id: 'one door',
    why: `outside it, the engine is ${DOOR} and nothing else`,
    of: file => PARTS.some(part => under(part)(file)),
    allows: ({ to }) => !inTwin(to) || to === DOOR,
  },
  ...PARTS.map(part => ({
    id: `${part} apart`,
    why: 'files, HTTP and the frame format connect the parts; the composition root imports them all',
    of: (file: string) => under(part)(file) && !isRoot(file),
    allows: ({ to }: Import) => !PARTS.some(other => other !== part && under(other)(to)),
  })),
  {
    id: 'root on top',
    why: 'what the composition root puts together must not know it',
    of: file => !isRoot(file) && !under('test')(file),
    allows: ({ to }) => to === undefined || !isRoot(to),
  },
  {
    id: 'plant is alone',
    why: 'its physics must not be that of the engine, or the engine is tested with itself',
    of: inPlant,
    allows: ({ to }) => to === undefined || inPlant(to),
  },
  {
    id: 'lab is alone',
    why: 'as the plant, of which it may use parts',
    of: inLab,
    allows: ({ to }) => to === undefined || inLab(to) || inPlant(to),
  },
  {
    id: 'no product code from tests',
    why: 'tests import the product, not the other way round',
    of: file => !under('test')(file),
    allows: ({ to }) => !under('test')(to),
  },
];

/** What neither the missing types nor the linter's list of globals can refuse in the engine. */
const ENGINE_BANS: readonly (readonly [rule: string, pattern: RegExp])[] = [
  ['no randomness', /\bMath\s*(\?\.|\.|\[\s*['"`])\s*random\b|\brandom\b[^;{}]*\}\s*=\s*Math\b/],
  ['no computed import', /\bimport\s*\((?!\s*(['"])[^'"]*\1\s*[,)])/],
  ['no code from text', /\bnew\s+Function\b|\bFunction\s*\(/],
  ['no locale', /\.toLocale\w*String\b|\blocaleCompare\b/],
];

export function readSources(root: URL): Sources {
  const patterns = ['{twin,server,scenarios,test,bin}/**/*.{ts,js}', 'dashboards/**/*.{ts,tsx}'];
  const files = globSync(patterns, { cwd: root.pathname, exclude: ['**/dist/**'] });
  return new Map(
    files.sort().map(file => [file, readFileSync(new URL(file, root), 'utf8')] as const),
  );
}

export function violationsIn(sources: Sources): readonly Violation[] {
  const imports = [...sources].flatMap(([file, text]) => importsOf(file, text));
  return [
    ...imports.flatMap(at =>
      RULES.filter(rule => rule.of(at.file) && !rule.allows(at)).map(rule => ({
        ...{ rule: rule.id, file: at.file, line: at.line },
        what: `imports ${at.name}: ${rule.why}`,
      })),
    ),
    ...plantPaths(imports),
    ...[...sources].filter(([file]) => inTwin(file)).flatMap(([file, text]) => bans(file, text)),
  ];
}

/** Ways by which the plant reaches the engine, through however many files. */
function plantPaths(imports: readonly Import[]): readonly Violation[] {
  const outOf = Map.groupBy(imports, ({ file }) => file);
  const found: Violation[] = [];
  const seen = new Set<string>();
  const walk = (path: readonly string[], line: number) => {
    const file = path.at(-1) ?? '';
    if (inTwin(file)) {
      const what = `reaches the engine: ${path.join(' > ')}`;
      found.push({ rule: 'plant never reaches twin', file: path[0], line, what });
    } else if (!seen.has(file)) {
      seen.add(file);
      for (const next of outOf.get(file) ?? []) {
        if (next.to) walk([...path, next.to], path.length === 1 ? next.line : line);
      }
    }
  };
  for (const file of outOf.keys()) if (inPlant(file) || inLab(file)) walk([file], 0);
  return found;
}

/**
 * Imports and exports from elsewhere, of values and types, and `import()` of a name in quotes. Relies
 * on the formatter, which puts each statement at the beginning of a line.
 */
export function importsOf(file: string, text: string): readonly Import[] {
  const code = withoutComments(text);
  const found = [
    ...code.matchAll(/^(?:import|export)\b(?:[^;'"`]*?\bfrom)?\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/\bimport\s*\(\s*['"]([^'"]+)['"]/g),
    ...code.matchAll(/\brequire\s*\(\s*['"]([^'"]+)['"]/g),
  ];
  return found.map(match => ({
    file,
    line: lineOf(code, match.index),
    name: match[1],
    to: match[1].startsWith('.')
      ? posix.normalize(posix.join(posix.dirname(file), match[1]))
      : undefined,
  }));
}

function bans(file: string, text: string): readonly Violation[] {
  const code = withoutComments(text);
  return ENGINE_BANS.flatMap(([rule, pattern]) => {
    const match = pattern.exec(code);
    if (!match) return [];
    return [{ rule, file, line: lineOf(code, match.index), what: match[0] }];
  });
}

/** Comments as blanks, so that lines keep their numbers; a `//` within a text is none. */
const withoutComments = (text: string) =>
  text
    .replace(/^\s*\/\*[\s\S]*?\*\//gm, comment => comment.replace(/[^\n]/g, ' '))
    .replace(/^(\s*)\/\/.*$/gm, '$1');

const lineOf = (text: string, index: number) => text.slice(0, index).split('\n').length;
