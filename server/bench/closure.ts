/** `bench closure`: the full closure over all planes, and one tick of 10,000 changed hosts. */
import {
  closePlane,
  KIND_INDEX,
  PLANE_IDS,
  signalIndex,
  stateHash,
  type Twin,
} from '../../twin/index.ts';
import { calibrate, cpuSecondsOf, machine, median } from './machine.ts';
import { plausible, referenceSite } from './reference-site.ts';
import type { BenchResult, BenchSize } from './result.ts';

const RUNS = 9;
const CHANGED = 10_000;

export async function benchClosure(size: BenchSize): Promise<BenchResult> {
  const { twin, nowMs } = referenceSite(size);
  const full = times(() => {
    for (const id of PLANE_IDS) closePlane(twin.state.planes[id]);
  });
  let round = 0;
  const tick = times(
    () => twin.tick(nowMs + 1000 * round),
    () => change(twin, ++round, nowMs),
  );
  const { topology } = twin;
  return {
    name: 'closure',
    params: { size, hosts: countOf(twin, 'host'), gpus: countOf(twin, 'gpu'), changed: CHANGED },
    figures: {
      fullCpuMs: 1000 * median(full),
      tickCpuMs: 1000 * median(tick),
      entities: topology.count,
      stateMB: twin.state.byteLength / 1e6,
      rssMB: process.memoryUsage.rss() / 1e6,
    },
    machine: machine(),
    calibration: calibrate(),
    hash: stateHash(twin.state),
  };
}

const countOf = (twin: Twin, kind: 'host' | 'gpu') =>
  twin.topology.kindStart[KIND_INDEX[kind] + 1] - twin.topology.kindStart[KIND_INDEX[kind]];

function times(work: () => void, prepare: () => void = () => {}): number[] {
  return Array.from({ length: RUNS }, () => {
    prepare();
    return cpuSecondsOf(work);
  });
}

const POWER = signalIndex('bmcPowerW');

/** New power readings of hosts spread over the site. */
function change(twin: Twin, round: number, nowMs: number) {
  const first = twin.topology.kindStart[KIND_INDEX.host];
  const count = countOf(twin, 'host');
  const step = Math.max(1, Math.floor(count / CHANGED));
  for (let i = round % step; i < count; i += step) {
    const host = first + i;
    const cell = twin.state.ensureCell(POWER, host);
    twin.write(cell, host, plausible('bmcPowerW', host + round), nowMs + 1000 * round);
  }
}
