/**
 * A process that journals rows and says on standard output how many are acknowledged, and up to
 * which place in the log, until it is killed: by itself in front of its `killAt`-th call of the file system, or from outside.
 *   node journal-child.ts DIR KILL_AT SEED
 */
import { writeSync } from 'node:fs';
import type { Logger } from 'pino';
import { createJournal } from '../../server/journal/journal.ts';
import { readLog } from '../../server/journal/read-log.ts';
import { diceOf } from './dice.ts';
import { faultyFiles } from './faulty-files.ts';

const [dir, killAt, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const dice = diceOf(seed);
const CELLS = 1000;
/** Where nobody kills it, it ends by itself. */
const COMMITS = killAt > 0 ? 40 : 100_000;

let calls = 0;
const files = faultyFiles({
  before() {
    calls++;
    if (calls === killAt) process.kill(process.pid, 'SIGKILL');
  },
  writeBytesMax: () => (dice(3) === 0 ? 1 + dice(300) : Number.POSITIVE_INFINITY),
});

const silent = { error() {}, warn() {}, info() {} } as unknown as Logger;
const journal = await createJournal({
  dir,
  clock: { now: Date.now, speed: 1 },
  log: silent,
  files,
  segmentBytes: 4000,
});
let next = 0;
readLog(
  dir,
  {},
  {
    layout() {},
    rows({ count, values }) {
      next = values[count - 1] - 0.25 + 1;
    },
    stale() {},
    note() {},
  },
);
journal.layout({
  generation: 'a',
  columns: [{ signal: 'gpuPowerW', kind: 'gpu', first: 0, count: CELLS }],
});
writeSync(1, `open ${next}\n`);
for (let commit = 0; commit < COMMITS; commit++) {
  for (let left = 1 + dice(40); left > 0; left--, next++) {
    journal.written(next % CELLS, next + 0.25, 1_700_000_000_000 + next * 7);
  }
  if (!(await journal.durable())) throw new Error(journal.refusal());
  const { segment, offset } = journal.stats().end;
  writeSync(1, `ack ${next} ${segment} ${offset}\n`);
}
await journal.close();
