/** The thread of the history: follows the journal, keeps the files, and answers. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { LogPosition } from '../../journal/contract.ts';
import { isBefore } from '../../journal/position.ts';
import { type Asked, askRange, askSamples } from './ask.ts';
import { HISTORY_DIR } from './checkpoint.ts';
import { Keeper } from './keeper.ts';
import { KnownFiles } from './known-files.ts';
import { askSeries } from './list-series.ts';
import { rangeReader } from './log-source.ts';
import type { Answer, FromWorker, Question, ToWorker, WorkerSetup } from './messages.ts';
import { statsOf } from './store-stats.ts';

/** How often it is looked whether the tail is old enough to be written out. */
const LOOK_EVERY_MS = 1000;
/** A question waits so long for what was committed before it; then it answers from what is read. */
const WAIT_MS = 5000;
const RETRY_MS = { first: 1000, most: 60_000 } as const;

const port = parentPort!;
const setup = workerData as WorkerSetup;
const folder = join(setup.directory, HISTORY_DIR);
const post = (message: FromWorker, transfer: ArrayBuffer[] = []) =>
  port.postMessage(message, transfer);

const keeper = new Keeper({
  folder,
  directory: setup.directory,
  config: setup.config,
  read: await rangeReader(setup.directory, setup.logModule),
  report: (level, what) => post({ kind: 'report', level, what }),
});
const known = new KnownFiles();
let target: LogPosition = keeper.position;
let maintenance: Promise<void> | undefined;
let failure: string | undefined;
let retryMs: number = RETRY_MS.first;
let notBeforeMs = 0;
let isClosing = false;
let isPumping = false;
const waiting: { readonly upTo: LogPosition; go(): void }[] = [];

const turn = () => new Promise<void>(resolve => setImmediate(resolve));

/** Reads what is committed, stretch by stretch, with questions answered in between. */
async function pump(): Promise<void> {
  if (isPumping) return;
  isPumping = true;
  try {
    while (!isClosing && isBefore(keeper.position, target)) {
      const mustWrite = keeper.read(target);
      release();
      if (keeper.isDue || mustWrite) startMaintenance(mustWrite);
      // What came since waits in the journal until there is room for it again.
      if (mustWrite && maintenance) await maintenance;
      if (failure) break;
      await turn();
    }
    if (keeper.isDue) startMaintenance(false);
    if (!maintenance) failure = undefined;
  } catch (error) {
    fail(error);
  } finally {
    isPumping = false;
    release();
  }
}

function startMaintenance(isUrgent: boolean) {
  if (maintenance || (performance.now() < notBeforeMs && !isUrgent)) return;
  maintenance = keeper
    .maintain()
    .then(() => {
      failure = undefined;
      retryMs = RETRY_MS.first;
    })
    .catch(fail)
    .finally(() => {
      maintenance = undefined;
      post({ kind: 'stats', stats: stats() });
    });
}

function fail(error: unknown) {
  const { message, stack } = error as Error;
  failure = message;
  notBeforeMs = performance.now() + retryMs;
  post({ kind: 'report', level: 'error', what: `${stack}; tried again in ${retryMs / 1000} s` });
  retryMs = Math.min(2 * retryMs, RETRY_MS.most);
}

function release() {
  for (let i = waiting.length - 1; i >= 0; i--) {
    if (!isBefore(keeper.position, waiting[i].upTo)) waiting.splice(i, 1)[0].go();
  }
}

/** @returns whether everything up to there has been read */
async function readUpTo(upTo: LogPosition | undefined): Promise<boolean> {
  if (!upTo || !isBefore(keeper.position, upTo)) return true;
  if (isBefore(target, upTo)) target = upTo;
  let timer: NodeJS.Timeout | undefined;
  const read = new Promise<void>(resolve => waiting.push({ upTo, go: resolve }));
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, WAIT_MS);
  });
  void pump();
  await Promise.race([read, late]);
  clearTimeout(timer);
  return !isBefore(keeper.position, upTo);
}

async function answer(id: number, ask: Question, upTo: LogPosition | undefined): Promise<void> {
  try {
    const isBehind = !(await readUpTo(upTo));
    const { checkpoint, tails } = keeper;
    const asked: Asked = {
      ...{ folder, known, checkpoint, tails },
      generation: tails.at(-1)?.generation,
      setAside: (file, why) => keeper.setAside(file, why),
      failed: (file, error) => keeper.failed(file, error),
    };
    const answered = { ...answerTo(asked, ask), isBehind } as Answer;
    post({ kind: 'answer', id, answer: answered }, buffersOf(answered));
  } catch (error) {
    const isRange = error instanceof RangeError;
    post({ kind: 'refused', id, message: (error as Error).message, isRange });
  }
}

function answerTo(asked: Asked, ask: Question) {
  if (ask.kind === 'range') return askRange(asked, ask.query);
  return ask.kind === 'samples' ? askSamples(asked, ask.query) : askSeries(asked, ask.query);
}

/** Typed arrays go over, they are not copied. */
function buffersOf(answered: Answer): ArrayBuffer[] {
  const arrays = Object.values(answered).filter(each => ArrayBuffer.isView(each));
  return [...new Set(arrays.map(array => array.buffer as ArrayBuffer))];
}

function stats() {
  return statsOf(keeper, failure);
}

async function close() {
  isClosing = true;
  clearInterval(look);
  await maintenance;
  port.close();
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'committed') {
    if (isBefore(target, message.position)) target = message.position;
    if (performance.now() >= notBeforeMs) void pump();
  } else if (message.kind === 'ask') void answer(message.id, message.ask, message.upTo);
  else void close();
});

const look = setInterval(() => {
  if (performance.now() >= notBeforeMs) void pump();
  post({ kind: 'stats', stats: stats() });
}, LOOK_EVERY_MS);

post({ kind: 'stats', stats: stats() });
post({ kind: 'ready' });
