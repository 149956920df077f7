/**
 * `bench calibrate`: rounds of calibration over the reference site. Each host has a new sample in
 * each round, which is read from the state, scored on the fidelity board, summed up to the site, and
 * learned from. The whole round has the GPUs in it too: two more models for each.
 */
import {
  atOnce,
  Board,
  CALIBRATED_MODELS,
  Calibration,
  encodeCalibration,
  KIND_INDEX,
  type Kind,
  MEASURED,
  signalIndex,
  type Twin,
} from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median } from './machine.ts';
import { plausible, referenceSite } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const RUNS = 9;
const WARM_UPS = 9;
const ROUND_MS = 30_000;
/** Hosts whose power is off from the true line, W; the same numbers in every run. */
const NOISE_W = 60;

export async function benchCalibrate(size: BenchSize): Promise<BenchResult> {
  const { twin, nowMs } = referenceSite(size);
  const hosts = new Rounds(twin, nowMs, ['hostPower']);
  const whole = new Rounds(twin, nowMs, ['hostPower', 'gpuPower', 'gpuTemp', 'hostInlet']);
  const hostRoundsS = hosts.time(RUNS);
  const wholeRoundsS = whole.time(size === 'small' ? 3 : 5);
  let bytes = new Uint8Array();
  const encodeS = Array.from({ length: 3 }, () =>
    cpuSecondsOf(() => {
      bytes = atOnce(encodeCalibration(hosts.calibration, nowMs));
    }),
  );
  return {
    name: 'calibrate',
    params: { size, hosts: countOf(twin, 'host'), gpus: countOf(twin, 'gpu') },
    figures: {
      hostUpdatesCpuMs: 1000 * median(hostRoundsS),
      hostUpdatesOutcomes: hosts.outcomes(),
      wholeRoundCpuMs: 1000 * median(wholeRoundsS),
      longestStepMs: whole.longestStepMs,
      encodeHostsCpuMs: 1000 * median(encodeS),
      hostsStoredMB: bytes.length / 1e6,
      rssMB: process.memoryUsage.rss() / 1e6,
    },
    machine: machine(),
    calibration: calibrate(),
    hash: hashOf(bytes),
  };
}

const countOf = ({ topology: { kindStart } }: Twin, kind: Kind) =>
  kindStart[KIND_INDEX[kind] + 1] - kindStart[KIND_INDEX[kind]];

class Rounds {
  readonly calibration: Calibration;
  longestStepMs = 0;
  readonly #twin: Twin;
  readonly #startMs: number;
  static #round = 0;

  constructor(twin: Twin, startMs: number, models: readonly string[]) {
    this.#twin = twin;
    this.#startMs = startMs;
    const board = new Board({ halfLifeS: 86_400, blockS: 600 });
    const rows = CALIBRATED_MODELS.filter(({ id }) => models.includes(id));
    this.calibration = new Calibration(twin.topology, board, rows);
  }

  /** @returns CPU seconds of each round */
  time(runs: number): number[] {
    for (let i = 0; i < WARM_UPS; i++) this.#next();
    this.longestStepMs = 0;
    return Array.from({ length: runs }, () => this.#next());
  }

  #next(): number {
    const round = ++Rounds.#round;
    const nowMs = this.#startMs + ROUND_MS * round;
    newSamples(this.#twin, round, nowMs);
    return cpuSecondsOf(() => {
      let startedMs = performance.now();
      for (const _ of this.calibration.round(this.#twin.state, nowMs)) {
        const endedMs = performance.now();
        this.longestStepMs = Math.max(this.longestStepMs, endedMs - startedMs);
        startedMs = endedMs;
      }
    });
  }

  outcomes() {
    const [run] = this.calibration.runs;
    const all = Object.entries(this.calibration.outcomesOf(run));
    return Object.fromEntries(all.filter(([, count]) => count > 0));
  }
}

/** A load that is another one in each round, straight into the columns: no tick is timed here. */
function newSamples(twin: Twin, round: number, nowMs: number) {
  const { kindStart } = twin.topology;
  const put = putter(twin, nowMs);
  for (let host = kindStart[KIND_INDEX.host]; host < kindStart[KIND_INDEX.host + 1]; host++) {
    const gpuW = 8 * plausible('gpuPowerW', host + 31 * round);
    const cpuRatio = plausible('cpuUtilRatio', host + 17 * round);
    const noise = NOISE_W * (plausible('', host + 7 * round) - 0.5);
    put('gpuPowerW', host, gpuW);
    put('cpuUtilRatio', host, cpuRatio);
    put('bmcPowerW', host, 1500 + 1.15 * gpuW + 500 * cpuRatio + noise);
    put('inletTempC', host, plausible('inletTempC', host));
  }
  for (let gpu = kindStart[KIND_INDEX.gpu]; gpu < kindStart[KIND_INDEX.gpu + 1]; gpu++) {
    const busyRatio = plausible('utilRatio', gpu + 3 * round);
    put('utilRatio', gpu, busyRatio);
    put('smClockHz', gpu, 1.8e9);
    put('dramActiveRatio', gpu, busyRatio / 2);
    put('gpuPowerW', gpu, 90 + 500 * busyRatio);
    put('gpuTempC', gpu, 30 + 30 * busyRatio);
  }
}

function putter({ state }: Twin, nowMs: number) {
  const signals = new Map<string, number>();
  return (id: string, entity: number, value: number) => {
    let signal = signals.get(id);
    if (signal === undefined) {
      signal = signalIndex(id);
      signals.set(id, signal);
    }
    state.put(state.ensureCell(signal, entity), value, nowMs, MEASURED);
  };
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
