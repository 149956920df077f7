/**
 * kill -9 at any moment: a process journals and says what is acknowledged; whatever happens to it,
 * the log holds all of that, in order, and nothing else. `ORRERY_KILLS` sets how many are killed.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Dice, diceOf } from '../support/dice.ts';
import { contentOf, seqsIn } from '../support/journal-log.ts';
import { temporaryDir } from '../support/outside-process.ts';

const CHILD = fileURLToPath(new URL('../support/journal-child.ts', import.meta.url));
const KILLS = Number(process.env.ORRERY_KILLS ?? 1000);
/** Lives that one journal goes through, so that each also opens what the one before left. */
const LIVES = 20;
/** Fewer than a life of 40 commits makes of the file system: between any two it is killed. */
const CALLS = 75;

const dirs: string[] = [];
// What was cut short may still write.
after(() => Promise.all(dirs.map(dir => rm(dir, { recursive: true, force: true, maxRetries: 5 }))));

interface Life {
  readonly signal: string | null;
  /** Rows acknowledged when it ended, counted from the first row of the journal. */
  readonly acked: number;
  readonly opened: boolean;
}

interface Killing {
  readonly dir: string;
  /** Number of the call in front of which it kills itself; 0: we do it. */
  readonly killAt: number;
  readonly afterMs: number;
  readonly seed: number;
}

/** Compiling the sources once instead of a thousand times. */
const cacheDir = await temporaryDir('journal-cache');
dirs.push(cacheDir);

async function live({ dir, killAt, afterMs, seed }: Killing): Promise<Life> {
  const args = [CHILD, dir, String(killAt), String(seed)];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: cacheDir },
  });
  let said = '';
  let complaint = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk;
    if (killAt === 0) timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  assert.ok(signal === 'SIGKILL' || code === 0, `${code} ${signal} ${complaint}`);
  // The last line may be cut short; what stands before it is whole.
  const acks = said
    .split('\n')
    .slice(0, -1)
    .filter(line => line.startsWith('ack '));
  const acked = Number(acks.at(-1)?.split(' ')[1] ?? 0);
  return { signal, acked, opened: said.startsWith('open') };
}

/** One journal, killed again and again. @returns how many of its lives were killed */
async function journalThrough(kills: readonly Omit<Killing, 'dir'>[]): Promise<Life[]> {
  const dir = await temporaryDir('journal-crash');
  dirs.push(dir);
  let acked = 0;
  const lives: Life[] = [];
  for (const kill of kills) {
    const life = await live({ ...kill, dir });
    lives.push(life);
    acked = Math.max(acked, life.acked);
    const content = contentOf(dir);
    const seqs = seqsIn(content);
    const what = `${JSON.stringify(kill)} in ${dir}: ${JSON.stringify(content.damages)}`;
    assert.ok(seqs.length >= acked, `${acked} acknowledged, ${seqs.length} there: ${what}`);
    assert.equal(seqs.at(-1) ?? -1, seqs.length - 1, `a gap: ${what}`);
    assert.deepEqual(content.damages, [], what);
  }
  await rm(dir, { recursive: true, force: true });
  return lives;
}

function plan(journal: number, dice: Dice): Omit<Killing, 'dir'>[] {
  return Array.from({ length: Math.min(LIVES, KILLS) }, (_, life) => {
    const seed = journal * LIVES + life;
    // Two of three choose the call themselves, one is killed at whatever it does just then.
    const isOutside = seed % 3 === 2;
    return { seed, killAt: isOutside ? 0 : 1 + dice(CALLS), afterMs: dice(25) };
  });
}

/** So many processes take as long as the machine needs for them: a second for each is no verdict. */
const timeout = 1000 * KILLS;

test(`${KILLS} processes are killed: all that was acknowledged is there`, { timeout }, async () => {
  // Only a process that ends by itself leaves what it compiled.
  await journalThrough([{ seed: 0, killAt: 1e6, afterMs: 0 }]);
  const dice = diceOf(20_261_122);
  const plans = Array.from({ length: Math.ceil(KILLS / LIVES) }, (_, i) => plan(i, dice));
  const lives: Life[] = [];
  const worker = async () => {
    for (let kills = plans.pop(); kills; kills = plans.pop()) {
      lives.push(...(await journalThrough(kills)));
    }
  };
  await Promise.all(Array.from({ length: 1 + availableParallelism() }, worker));
  const killed = lives.filter(({ signal }) => signal === 'SIGKILL').length;
  assert.ok(killed > 0.98 * lives.length, `${killed} of ${lives.length} were killed`);
  const whileOpening = lives.filter(({ opened }) => !opened).length;
  assert.ok(whileOpening >= Math.floor(KILLS / 200), `${whileOpening} were killed while opening`);
});
