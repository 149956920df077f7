/** What takes a file out of the history: that it cannot be read, and nothing else. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { type Asked, askSamples, eachFile } from '../../server/history/store/ask.ts';
import { historyConfig } from '../../server/history/store/config.ts';
import { Keeper } from '../../server/history/store/keeper.ts';
import { KnownFiles } from '../../server/history/store/known-files.ts';
import { askSeries } from '../../server/history/store/list-series.ts';
import { memoryLog, putGeneration, SMALL_SITE, smallLayout } from '../support/history-log.ts';

const T0 = Date.UTC(2026, 0, 1, 20);
const MINUTE = 60_000;
const ROOT = mkdtempSync(join(tmpdir(), 'orrery-bad-files-'));
after(() => rmSync(ROOT, { recursive: true }));

let folders = 0;

/** Two raw files of a minute each. */
async function twoFiles() {
  const directory = join(ROOT, String(folders++));
  putGeneration(directory, 'g1', SMALL_SITE);
  const log = memoryLog();
  const reports: string[] = [];
  const folder = join(directory, 'history');
  const keeper = new Keeper({
    ...{ directory, folder, config: historyConfig.parse({}), read: log.read },
    report: (level, what) => reports.push(`${level} ${what}`),
  });
  log.layout(smallLayout('g1'), T0);
  for (const atMs of [T0, T0 + MINUTE]) {
    log.rows('written', [[0, atMs, 5]], atMs);
    keeper.read(log.end);
    await keeper.writeOut();
  }
  const asked = (): Asked => ({
    ...{ folder, known: new KnownFiles(), checkpoint: keeper.checkpoint, tails: keeper.tails },
    generation: keeper.tail?.generation,
    setAside: (file, why) => keeper.setAside(file, why),
    failed: (file, error) => keeper.failed(file, error),
  });
  const paths = keeper.checkpoint.files.map(file => join(folder, file.path));
  assert.equal(paths.length, 2);
  return { keeper, asked, reports, paths };
}

const WHOLE = { fromMs: T0, toMs: T0 + 10 * MINUTE };
const SAMPLES = { ...WHOLE, entities: ['k10'], signals: ['powerW'] };

/** Errors that say nothing of the file: our own, of the language, and of the process. */
const NOT_OF_FILES: readonly Error[] = [
  new TypeError("cannot read 'x' of undefined"),
  new RangeError('invalid array length'),
  Object.assign(new Error('too many open files'), { code: 'EMFILE', syscall: 'open' }),
];

for (const planted of NOT_OF_FILES) {
  test(`a file stays when a question fails at it: ${planted.message}`, async () => {
    const { keeper, asked, reports, paths } = await twoFiles();
    const [{ path }] = keeper.checkpoint.files;
    const visit = () => {
      throw planted;
    };
    assert.throws(
      () => eachFile(asked(), () => true, visit),
      // Never a RangeError, which would blame the question.
      { name: 'Error', message: `${path}: ${planted.message}`, cause: planted },
    );
    assert.ok(paths.every(each => existsSync(each)));
    assert.equal(keeper.checkpoint.files.length, 2);
    assert.deepEqual([keeper.counts.bad, keeper.badFiles], [0, []]);
    assert.deepEqual(keeper.dropped, { 'question that failed at a file': 1 });
    assert.equal(reports.length, 1);
    assert.ok(reports[0].startsWith(`error question at ${path}: `), reports[0]);
    assert.equal(askSamples(asked(), SAMPLES).times.length, 2);
  });
}

const QUESTIONS: Readonly<Record<string, (asked: Asked) => unknown>> = {
  samples: asked => askSamples(asked, SAMPLES),
  series: asked => askSeries(asked, WHOLE),
};

/** Ways in which a file is broken, by what is done to it. */
const BROKEN: Readonly<Record<string, (path: string) => void>> = {
  'cut short': path => truncateSync(path, 300),
  away: path => rmSync(path),
  'of zeros in its pages': path => {
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0, 4, 200));
  },
  'without times': path => {
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf('time'); at >= 0; at = bytes.indexOf('time', at)) bytes[at] = 0x54;
    writeFileSync(path, bytes);
  },
};

for (const [how, spoil] of Object.entries(BROKEN)) {
  for (const [what, ask] of Object.entries(QUESTIONS)) {
    test(`a file that is ${how} is set aside, and ${what} of the rest are there`, async () => {
      const { keeper, asked, paths } = await twoFiles();
      const [{ path }, second] = keeper.checkpoint.files;
      const wasThere = how !== 'away';
      spoil(paths[0]);
      ask(asked());
      assert.deepEqual(keeper.checkpoint.files, [second]);
      assert.deepEqual([keeper.counts.bad, keeper.badFiles], [1, [path]]);
      assert.deepEqual(keeper.dropped, {});
      assert.deepEqual([existsSync(paths[0]), existsSync(`${paths[0]}.bad`)], [false, wasThere]);
      assert.equal(askSamples(asked(), SAMPLES).times.length, 1);
    });
  }
}
