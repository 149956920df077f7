/** What a course plays: read off the question and the answer to it, before anything else is asked. */

import type { HostTable } from '../../place/host-table.ts';
import type { State } from '../../state/state.ts';
import { COURSE } from '../../tables/physics/course.ts';
import type { ChangeAnswer } from '../answer.ts';
import { loseWithin } from '../fail.ts';
import type { Change } from '../request.ts';
import { type Outage, outageOf } from './outage.ts';
import { racksReached } from './reach.ts';
import { coolingUnitsIn } from './units.ts';

export interface CoursePlan {
  readonly horizonS: number;
  /** Instants that are shown, s; the first is 0, the last the horizon. */
  readonly timesS: readonly number[];
  /** Rack entities that are followed, ascending. */
  readonly racks: Int32Array;
  /** Supply over time; undefined where nothing fails. */
  readonly outage: Outage | undefined;
  readonly setpoints: readonly { readonly unit: number; readonly supplyTempC: number }[];
  readonly caps: readonly { readonly under: number; readonly gpuW: number }[];
  /** Hosts that are emptied, and GPUs that take up work. */
  readonly emptied: readonly number[];
  readonly started: readonly StartedWork[];
}

export interface StartedWork {
  readonly host: number;
  readonly gpuCount: number;
  /** GPU entities, where it is known which ones. */
  readonly gpus: readonly number[] | undefined;
  /** What a GPU's part of the rest of its host adds, fans included, W. */
  readonly hostPartW: number;
  /** Most that the host takes; Infinity where its class does not say. */
  readonly hostMaxW: number;
}

interface PlanInput {
  /** Live; it is only read. */
  readonly state: State;
  readonly hosts: HostTable;
  readonly changes: readonly Change[];
  /** Answers to them, in their order. */
  readonly tried: readonly ChangeAnswer[];
  readonly horizonS: number;
}

export function* planCourse(input: PlanInput): Generator<void, CoursePlan> {
  const { state, hosts, changes, tried, horizonS } = input;
  const { topology } = state;
  const of = (id: string) => topology.indexOf(id);
  const failed = new Uint8Array(topology.count);
  const touched: number[] = [];
  const setpoints: { unit: number; supplyTempC: number }[] = [];
  const caps: { under: number; gpuW: number }[] = [];
  const emptied: number[] = [];
  const started: StartedWork[] = [];
  const fails: number[] = [];
  for (const [i, change] of changes.entries()) {
    if ('fail' in change) {
      fails.unshift(of(change.fail.entity));
      loseWithin(topology, failed, of(change.fail.entity));
      touched.push(of(change.fail.entity));
    } else if ('setpoint' in change) {
      const { entity, supplyTempC } = change.setpoint;
      for (const unit of coolingUnitsIn(topology, of(entity))) {
        setpoints.push({ unit, supplyTempC });
        touched.push(unit);
      }
    } else if ('cap' in change) {
      const under = change.cap.under === undefined ? 0 : of(change.cap.under);
      caps.push({ under, gpuW: change.cap.gpuW });
      touched.push(under);
    } else {
      if ('drain' in change) emptied.push(of(change.drain.host));
      for (const place of tried[i].where) started.push(startedAt(state, hosts, place));
    }
  }
  touched.push(...emptied, ...started.map(({ host }) => host));
  const outage = fails.length > 0 ? yield* outageOf(state, failed, horizonS) : undefined;
  for (const entity of fails) outage?.events.unshift({ atS: 0, what: 'fails', entity });
  const tripped = outage?.events.flatMap(e => (e.what === 'breakerTrips' ? e.entity : [])) ?? [];
  const racks = yield* racksReached(topology, [...touched, ...tripped]);
  return { horizonS, timesS: timesOf(horizonS), racks, outage, setpoints, caps, emptied, started };
}

function startedAt(
  { topology }: State,
  table: HostTable,
  place: ChangeAnswer['where'][number],
): StartedWork {
  const host = topology.indexOf(place.host);
  const i = host - table.firstHost;
  const figures = topology.classes[table.gpuClass[i]]?.figures;
  const spanW = (figures?.powerMaxW?.value ?? 0) - (figures?.powerIdleW?.value ?? 0);
  const hostPartW = table.perGpuW[i] - spanW;
  return {
    ...{ host, gpuCount: place.gpuCount, hostPartW: hostPartW > 0 ? hostPartW : 0 },
    hostMaxW: table.maxW[i],
    gpus: place.gpus?.map(id => topology.indexOf(id)),
  };
}

function timesOf(horizonS: number): number[] {
  const { points, pointS } = COURSE;
  const everyS = pointS.value * Math.ceil(horizonS / (points.value * pointS.value));
  const times: number[] = [];
  for (let atS = 0; atS < horizonS; atS += everyS) times.push(atS);
  return [...times, horizonS];
}
