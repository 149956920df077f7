/**
 * Fuzzing from the command line:
 *
 *     node test/fuzz/run.ts [target ...] [--count N] [--seed S] [--minutes M] [--guided G]
 *         [--compare K] [--out FOLDER]
 *
 * Each target runs in a thread of its own while this one watches: an input that never ends is told
 * too. What breaks something is kept in a file, to go to `seeds/<target>/` once it is understood.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { FuzzFailure, type FuzzOptions, type FuzzReport, fuzz } from './fuzz.ts';
import { createHangWatch } from './hang-watch.ts';
import { TARGETS } from './targets/index.ts';

const HANG_MS = 20_000;
const LOOK_EVERY_MS = 1000;
/** An input under way, as the thread that watches sees it: how many there were, length, bytes. */
const HEADER_WORDS = 2;
const SHOWN_BYTES = 64 * 1024;

interface Order extends FuzzOptions {
  readonly target: string;
  readonly shared: SharedArrayBuffer;
}

type Said =
  | { readonly report: FuzzReport }
  | { readonly failure: string; readonly inputs: readonly Uint8Array[] };

if (isMainThread) await main();
else work(workerData as Order);

function work({ target: name, shared, ...options }: Order): void {
  const target = TARGETS.find(each => each.name === name)!;
  const header = new Int32Array(shared, 0, HEADER_WORDS);
  const bytes = new Uint8Array(shared, 4 * HEADER_WORDS);
  const onInput = (input: Buffer) => {
    bytes.set(input.subarray(0, SHOWN_BYTES));
    header[1] = Math.min(input.length, SHOWN_BYTES);
    header[0]++;
  };
  try {
    parentPort?.postMessage({ report: fuzz(target, { ...options, onInput }) } satisfies Said);
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    const failure = `${error.message}\n${(error.cause as Error).stack ?? ''}`;
    parentPort?.postMessage({ failure, inputs: error.inputs } satisfies Said);
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '60' },
      guided: { type: 'string', default: '5000' },
      compare: { type: 'string', default: '1' },
      out: { type: 'string', default: join(tmpdir(), 'orrery-fuzz') },
    },
  });
  const names = positionals.length > 0 ? positionals : TARGETS.map(({ name }) => name);
  const unknown = names.find(name => !TARGETS.some(target => target.name === name));
  if (unknown !== undefined) {
    const known = TARGETS.map(({ name }) => name).join(', ');
    console.error(`no target '${unknown}'; there are ${known}`);
    process.exit(2);
  }
  for (const target of names) {
    const options = {
      ...{ target, seed: Number(values.seed), count: Number(values.count) },
      ...{ guided: Number(values.guided), untilMs: 60_000 * Number(values.minutes) },
      compareEvery: Number(values.compare),
    };
    const said = await watched(options);
    if ('report' in said) console.log(JSON.stringify(said.report));
    else {
      console.error(`${target}, seed ${options.seed}: ${said.failure}`);
      console.error(`inputs: ${keep(values.out, target, said.inputs)}`);
      process.exitCode = 1;
    }
  }
}

function watched(options: Omit<Order, 'shared'>): Promise<Said> {
  const shared = new SharedArrayBuffer(4 * HEADER_WORDS + SHOWN_BYTES);
  const header = new Int32Array(shared, 0, HEADER_WORDS);
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...options, shared } });
  return new Promise(resolve => {
    const watch = createHangWatch(HANG_MS);
    const timer = setInterval(() => {
      const { user, system } = process.cpuUsage();
      if (!watch.look(header[0], (user + system) / 1000)) return;
      const input = new Uint8Array(shared, 4 * HEADER_WORDS, header[1]).slice();
      end({ failure: `no end after ${HANG_MS} ms of the processor`, inputs: [input] });
      void worker.terminate();
    }, LOOK_EVERY_MS);
    function end(said: Said) {
      clearInterval(timer);
      resolve(said);
    }
    worker.once('message', end);
    worker.once('error', error => end({ failure: `the thread died: ${error.stack}`, inputs: [] }));
  });
}

/** @returns the folder in which the inputs lie, in the order in which they were tried */
function keep(folder: string, target: string, inputs: readonly Uint8Array[]): string {
  const path = join(folder, `${target}-${Date.now()}`);
  mkdirSync(path, { recursive: true });
  inputs.forEach((input, i) => {
    writeFileSync(join(path, String(i).padStart(3, '0')), input);
  });
  return path;
}
