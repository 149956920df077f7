/** The contract that every history keeps, over the durable one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pino } from 'pino';
import type { History } from '../../server/history/contract.ts';
import { historyConfig } from '../../server/history/store/config.ts';
import { type HistoryStore, HistoryUnavailable } from '../../server/history/store/contract.ts';
import { openHistoryStore } from '../../server/history/store/store.ts';
import { storeHistory } from '../../server/history/store-history.ts';
import type { LayoutColumn } from '../../server/journal/contract.ts';
import { createJournal } from '../../server/journal/journal.ts';
import { KINDS, SIGNALS } from '../../twin/index.ts';
import { putGeneration } from '../support/history-log.ts';
import { historySuite } from '../support/history-suite.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'orrery-history-'));
after(() => rmSync(ROOT, { recursive: true }));
const log = pino({ level: 'silent' });
const SAMPLED = ['powerW', 'heatW'];
let folders = 0;

/** The suite samples and asks at once: here both wait for the disk, in the order they came. */
function durable(): History {
  const directory = join(ROOT, String(folders++));
  let columns: readonly (LayoutColumn & { readonly row: number; readonly entity: number })[] = [];
  let generation = 0;
  const clock = { nowMs: 0, now: () => clock.nowMs, speed: 1 };
  const opened = open();
  let work: Promise<unknown> = opened;
  const then = (next: () => unknown) => {
    work = work.then(next);
  };

  async function open() {
    const journal = await createJournal({ dir: directory, clock, log });
    const config = { ...historyConfig.parse({}) };
    const store = await openHistoryStore({ directory, log, config });
    journal.onCommit((end, clockMs) => store.committed(end, clockMs));
    return { journal, store };
  }
  const sampled = new Set<number>();
  const history = storeHistory(late(), { sample });

  /** The store that is being opened. */
  function late(): HistoryStore {
    const missing = () => {
      throw new HistoryUnavailable('not open yet');
    };
    return {
      committed: missing,
      samples: missing,
      series: missing,
      range: async query => {
        const { journal, store } = await opened;
        await work;
        await journal.durable();
        return store.range(query);
      },
      stats: () => ({ ...EMPTY, tailBytes: 1 }),
      close: async () => {},
    };
  }

  function sample(nowMs: number, read: (entity: number, signal: number) => number): number {
    const rows = columns.flatMap(({ first, count, row, entity }) =>
      Array.from({ length: count }, (_, i) => [first + i, read(entity + i, row)] as const),
    );
    const known = rows.filter(([, value]) => !Number.isNaN(value));
    then(async () => {
      const { journal } = await opened;
      clock.nowMs = nowMs;
      for (const [cell, value] of known) journal.derived(cell, value, nowMs);
    });
    for (const [cell] of known) sampled.add(cell);
    return sampled.size;
  }

  return {
    ...history,
    follow(topology) {
      history.follow(topology);
      const key = `g${generation++}`;
      const kinds = [...topology.kind].map(k => KINDS[k].id);
      putGeneration(
        directory,
        key,
        topology.ids.map((id, i) => [id, kinds[i], '']),
      );
      let first = 0;
      columns = SAMPLED.flatMap(signal =>
        [...new Set(kinds)].map(kind => {
          const entity = kinds.indexOf(kind);
          const count = kinds.filter(each => each === kind).length;
          const row = SIGNALS.findIndex(each => each.id === signal);
          const column = { signal, kind, first, count, row, entity };
          first += count;
          return column;
        }),
      );
      const told = columns.map(({ signal, kind, first: at, count }) => ({
        ...{ signal, kind, first: at, count },
      }));
      then(async () => (await opened).journal.layout({ generation: key, columns: told }));
    },
    async close() {
      await work;
      const { journal, store } = await opened;
      await store.close();
      await journal.close();
    },
  };
}

const EMPTY = {
  tiers: Object.fromEntries(
    (['raw', '1m', '15m', '1h'] as const).map(id => [id, { files: 0, bytes: 0, rows: 0 }]),
  ) as ReturnType<HistoryStore['stats']>['tiers'],
  ...{ files: 0, bytes: 0, tailRows: 0, rowsTaken: 0, lagMs: 0, flushes: 0, rollups: 0 },
  ...{ merges: 0, dropped: {}, generations: [], badFiles: [], badFileCount: 0, restarts: 0 },
};

historySuite('on disk', durable);
