/** What an answer stands on: which sources said so, and what was assumed where none did. */
import type { FreeSource } from '../place/candidates.ts';
import type { Scene } from '../place/scene.ts';
import { MODELLED, STALE } from '../state/quality.ts';
import type { State } from '../state/state.ts';
import { signalIndex } from '../tables/signals.ts';
import type { WhatIfAnswer } from './answer.ts';
import type { Drained } from './drain.ts';
import type { Placed } from './place.ts';

export type Evidence = WhatIfAnswer['evidence'][number];

const FREE_SAYS: Readonly<Record<FreeSource, string>> = {
  scheduler: 'the scheduler: allocatable less allocated',
  staleScheduler: 'the last word of the scheduler, which is stale',
  allocatedFlags: 'the GPUs that are not flagged as allocated',
  assumedFree: 'nothing tells what is in use: all GPUs are taken as free',
};

const POWER = signalIndex('powerW');

export function placeEvidence(scene: Scene, placed: Placed): Evidence[] {
  const { candidates, result } = placed;
  const found: Evidence[] = [];
  for (const [source, { hosts }] of candidates.sources) {
    found.push({ about: 'free GPUs', says: FREE_SAYS[source], hosts });
  }
  if (candidates.unknownSchedulable > 0) {
    const says = 'nothing tells whether they may be scheduled on: they are allowed';
    found.push({ about: 'schedulable', says, hosts: candidates.unknownSchedulable });
  }
  if (result.taken.length > 0) found.push(...powerEvidence(scene, placed));
  return found;
}

function powerEvidence(scene: Scene, { candidates, result }: Placed): Evidence[] {
  const { hosts, topology } = scene.model;
  const perGpuW = Math.round(hosts.perGpuW[result.taken[0].host]);
  const gpu = topology.classes[candidates.gpuClass].title;
  const loads = new Map<string, number>();
  for (const { host } of result.taken) {
    const says = loadSource(scene.base.state, hosts.firstHost + host);
    loads.set(says, (loads.get(says) ?? 0) + 1);
  }
  return [
    {
      about: 'power of the gang',
      says: `nameplate: ${perGpuW} W for each ${gpu} from idle to its maximum, with its part of the host`,
    },
    ...[...loads].map(([says, count]) => ({ about: 'power of the hosts now', says, hosts: count })),
    { about: 'network', says: 'the traffic of the gang is not known and not added' },
    { about: 'cooling', says: 'the power of the cooling plant itself is kept as it is' },
  ];
}

function loadSource(state: State, host: number): string {
  const cell = state.cellOf(POWER, host);
  if (cell < 0) return 'nothing measured: nameplate';
  if (state.quality[cell] > MODELLED) return 'measured';
  if (state.quality[cell] === STALE) return 'a stale measurement';
  return Number.isNaN(state.timeAt(cell))
    ? 'nothing measured: nameplate'
    : 'modelled from its GPUs';
}

export const JOB_EVIDENCE: readonly Evidence[] = [
  { about: 'job', says: 'what `assumed` lists was not given: usual figures of dense models' },
  { about: 'job', says: 'rates of failure are those of one published fleet, not of this site' },
];

export function drainEvidence(drained: Drained): Evidence[] {
  const says = {
    scheduler: 'the scheduler',
    allocatedFlags: 'the GPUs that are flagged as allocated',
    assumedBusy: 'nothing tells what is in use: all GPUs are taken as busy',
  }[drained.source];
  const idle =
    drained.reliefW === undefined
      ? 'its idle power is not known: its load is kept'
      : 'falls to the idle power of its class';
  return [
    { about: 'GPUs in use on the host', says },
    { about: 'power of the drained host', says: idle },
  ];
}

const FIRST_ORDER: Evidence = {
  about: 'failure',
  says: 'first order: what trips does not trip others; no transient',
};

/** Said of the state that is reached in the end; a course knows better. */
export const isOfTheEnd = ({ says }: Evidence) => says === FIRST_ORDER.says;

export const COURSE_EVIDENCE: readonly Evidence[] = [
  {
    about: 'course',
    says: 'starts at rest where GPUs, inlets and meters are now; jobs go on as they do',
  },
  {
    about: 'course',
    says: 'batteries by run time reported, else by class; breakers trip by their overload',
  },
  { about: 'course', says: 'air of racks that no cooling unit of the inventory serves stays' },
  { about: 'course', says: 'people do nothing, and a host that lost its power stays off' },
];

export const FAIL_EVIDENCE: readonly Evidence[] = [
  {
    about: 'meters inside the power chain',
    says: 'each keeps its ratio to the modelled sum for what it loses, and takes over no less than the sum',
  },
  FIRST_ORDER,
  { about: 'N-1', says: 'not judged again after the failure' },
];
