/**
 * Draws sensor faults from a seed, for benchmarks of sensor agreement. What no judge could tell
 * from the readings is not drawn: a GPU's scale off by less than its neighbours differ (20 % and
 * more is drawn), an inlet stuck at a kelvin that would not have changed, and cords exchanged
 * between supplies of one host, which carry the same.
 */
import { createRandom, type Random } from '../plant/random.ts';
import { type LabFault, SCALE_MIN_RATIO } from './faults.ts';
import { HOSTS_PER_RACK, type Layout, layOut, PSUS_PER_HOST } from './layout.ts';
import { STREAM } from './streams.ts';

type DrawnKind = LabFault['kind'];

interface DrawOptions {
  /** Racks of the lab; 8 when absent. */
  readonly racks?: number;
  /** Kinds to draw from; swap, stuck, scale and unit when absent. */
  readonly kinds?: readonly DrawnKind[];
  /** Most faults at once, no more than racks; 3 when absent. One seed in six has none. */
  readonly atMost?: number;
  /** Span in which faults begin, s; 0 to 7,200 when absent. A third is there from second 0. */
  readonly fromS?: number;
  readonly toS?: number;
}

const USUAL_KINDS: readonly DrawnKind[] = ['swap', 'stuck', 'scale', 'unit'];
const STUCK = ['gpuPowerW', 'gpuTempC', 'bmcPowerW', 'psuInputPowerW', 'outletPowerW', 'pduPowerW'];
const SCALED = ['bmcPowerW', 'psuInputPowerW', 'outletPowerW', 'pduPowerW', 'gpuPowerW'];
const IN_UNITS = [...SCALED, 'inletTempC', 'gpuTempC'];
const DRIFTING = ['bmcPowerW', 'outletPowerW', 'pduPowerW', 'inletTempC'];
const STUCK_MIN_S = 1800;

/**
 * Faults of one seed; no two share a host or a PDU.
 * @throws RangeError when more faults are asked for than there are racks.
 */
export function drawFaults(seed: number, options: DrawOptions = {}): LabFault[] {
  const { racks = 8, kinds = USUAL_KINDS, atMost = Math.min(3, racks) } = options;
  if (!(atMost >= 0 && atMost <= racks)) {
    throw new RangeError(`atMost: ${atMost}; give a number from 0 to the ${racks} racks`);
  }
  const random = createRandom(seed ^ Math.imul(STREAM.faults, 0x9e3779b1));
  const draw: Draw = { random, layout: layOut(racks), taken: new Set(), options };
  const count = random.next() < 1 / 6 ? 0 : 1 + random.below(Math.max(1, atMost));
  const faults: LabFault[] = [];
  for (let at = 0; at < Math.min(count, atMost); at++) {
    faults.push(...drawOne(draw, kinds[random.below(kinds.length)]));
  }
  return faults;
}

interface Draw {
  readonly random: Random;
  readonly layout: Layout;
  /** Hosts and PDUs that have a fault, by id. */
  readonly taken: Set<string>;
  readonly options: DrawOptions;
}

function drawOne(draw: Draw, kind: DrawnKind): LabFault[] {
  const { random } = draw;
  const times = drawTimes(draw);
  if (kind === 'swap') return drawSwap(draw, times);
  if (kind === 'stuck') {
    const isBrief = random.next() < 0.5;
    const untilS = times.atS + STUCK_MIN_S * (1 + 2 * random.next());
    const span = isBrief ? { ...times, untilS: Math.round(untilS) } : times;
    return [{ kind, ...drawSensor(draw, STUCK), ...span }];
  }
  if (kind === 'scale') {
    const sensor = drawSensor(draw, SCALED);
    const least = sensor.signal === 'gpuPowerW' ? 0.2 : SCALE_MIN_RATIO;
    const off = least + (0.35 - least) * random.next();
    return [{ kind, ...sensor, ...times, factor: 1 + (random.next() < 0.5 ? off : -off) }];
  }
  if (kind === 'unit') {
    const sensor = drawSensor(draw, IN_UNITS);
    const isTemp = sensor.signal.endsWith('TempC');
    const units = isTemp
      ? (['fahrenheit', 'tenth'] as const)
      : (['kilo', 'milli', 'tenth'] as const);
    return [{ kind, ...sensor, ...times, unit: units[random.below(units.length)] }];
  }
  const sensor = drawSensor(draw, DRIFTING);
  const perH = sensor.signal.endsWith('TempC') ? 2 + 2 * random.next() : 0.05 + 0.1 * random.next();
  return [{ kind, ...sensor, ...times, perH: random.next() < 0.5 ? perH : -perH }];
}

function drawTimes({ random, options }: Draw): { atS: number } {
  const { fromS = 0, toS = 7200 } = options;
  const isOld = random.next() < 1 / 3;
  return { atS: isOld ? 0 : Math.round(fromS + (toS - fromS) * random.next()) };
}

/** A sensor of one of the signals, on a host or PDU that is whole so far. */
function drawSensor(draw: Draw, signals: readonly string[]): { entity: string; signal: string } {
  const { random } = draw;
  const signal = signals[random.below(signals.length)];
  if (signal === 'pduPowerW') return { entity: freePdu(draw), signal };
  const host = freeHost(draw);
  if (signal.startsWith('gpu')) return { entity: `${host}/gpu${random.below(8)}`, signal };
  if (signal === 'psuInputPowerW' || signal === 'outletPowerW') {
    return { entity: `${host}/psu${random.below(PSUS_PER_HOST)}`, signal };
  }
  return { entity: host, signal };
}

/** One cord, all cords of a feed, or the BMCs of two hosts of one rack. */
function drawSwap(draw: Draw, times: { atS: number }): LabFault[] {
  const { random } = draw;
  const host = freeHost(draw);
  const mates = matesOf(host).filter(mate => !draw.taken.has(mate));
  if (mates.length === 0) return [];
  const other = mates[random.below(mates.length)];
  draw.taken.add(other);
  const what = random.below(3);
  if (what === 0) return [{ kind: 'swap', entity: host, other, signal: 'bmcPowerW', ...times }];
  const feed = random.below(2);
  const supplies = what === 1 ? [feed + 2 * random.below(3)] : [feed, feed + 2, feed + 4];
  return supplies.map(psu => ({
    ...{ kind: 'swap' as const, entity: `${host}/psu${psu}`, other: `${other}/psu${psu}` },
    ...{ signal: 'outletPowerW', ...times },
  }));
}

const matesOf = (host: string) => {
  const rack = host.slice(0, host.lastIndexOf('-'));
  const all = Array.from({ length: HOSTS_PER_RACK }, (_, at) => `${rack}-n${at + 1}`);
  return all.filter(mate => mate !== host);
};

function freeHost({ random, layout, taken }: Draw): string {
  for (;;) {
    const { id } = layout.entities[layout.first.host + random.below(layout.hosts)];
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}

function freePdu({ random, layout, taken }: Draw): string {
  for (;;) {
    const { id } = layout.entities[layout.first.pdu + random.below(2 * layout.racks)];
    if (taken.has(id)) continue;
    taken.add(id);
    return id;
  }
}
