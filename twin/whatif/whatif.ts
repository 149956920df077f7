/** One question to the model: changes in their order on a scene, and the answer. */

import { atOnce, type Parts } from '../parts.ts';
import { current } from '../physics/transient/reading.ts';
import type { PlaceBase, Scene } from '../place/scene.ts';
import { openOwnScene, openScene } from '../place/scene.ts';
import { KIND_INDEX } from '../tables/kinds.ts';
import { signalIndex } from '../tables/signals.ts';
import type { Parsed, Problem } from '../topology/problem.ts';
import { isWithin } from '../topology/walk.ts';
import type { AnswerLayer, ChangeAnswer, WhatIfAnswer } from './answer.ts';
import type { Course } from './course/answer.ts';
import { planCourse } from './course/plan.ts';
import { courseOf } from './course/report.ts';
import { type CourseKnowledge, runCourse } from './course/run.ts';
import { coolingUnitsIn } from './course/units.ts';
import { drainIn } from './drain.ts';
import {
  COURSE_EVIDENCE,
  drainEvidence,
  type Evidence,
  FAIL_EVIDENCE,
  isOfTheEnd,
  JOB_EVIDENCE,
  placeEvidence,
} from './evidence.ts';
import { failEntity, holds } from './fail.ts';
import { type JobAnswer, type JobSpec, jobAnswer } from './job.ts';
import { layersOf, warningsOf } from './layers.ts';
import { type Placed, placeIn } from './place.ts';
import { failAnswer, NOTHING, placedAnswer } from './report.ts';
import { type CapSpec, type Change, parseWhatIf, type WhatIfRequest } from './request.ts';

const GPU_POWER = signalIndex('gpuPowerW');
const HOSTS_A_PART = 2000;

interface Tried {
  readonly answer: ChangeAnswer;
  readonly evidence: readonly Evidence[];
  /** Free GPUs of the class in the scope, before and after. */
  readonly gpus?: AnswerLayer;
}

/** What a what-if is asked of: the live twin, or a past state with its limits. */
export interface WhatIfBase extends PlaceBase {
  /** What is known beyond the classes, for the course of power and heat. */
  readonly learned?: CourseKnowledge;
}

/**
 * Tries the changes one after the other, until one is refused. The state asked is not written to,
 * and no question sees anything of another.
 * @returns what is wrong with the question, when it names what is not there
 */
export function whatIf(base: WhatIfBase, request: WhatIfRequest): Parsed<WhatIfAnswer> {
  return atOnce(whatIfInParts(base, request));
}

/**
 * The same with pauses, in which other work may go on. With a course it is asked of a copy of the
 * state, made in one go early on; without one the state must stay as it is until the end.
 */
export function* whatIfInParts(
  base: WhatIfBase,
  request: WhatIfRequest,
): Parts<Parsed<WhatIfAnswer>> {
  const { horizonS = 0 } = request;
  const scene = horizonS > 0 ? yield* openOwnScene(base) : openScene(base);
  yield;
  const tried: Tried[] = [];
  for (const [i, change] of request.changes.entries()) {
    const result = yield* tryChange(scene, change);
    if (!result.ok) {
      const at = request.changes.length > 1 ? ['changes', i] : [];
      const problems = result.problems.map(p => ({ ...p, path: [...at, ...p.path] }));
      return { ok: false, problems };
    }
    tried.push(result.value);
    if (result.value.answer.verdict === 'refused') break;
  }
  const answer = yield* answerOf(scene, request, tried);
  if (horizonS === 0 || answer.verdict === 'refused') return { ok: true, value: answer };
  const answers = tried.map(t => t.answer);
  const { hosts } = scene.model;
  const { learned = {} } = base;
  const { state } = scene.base;
  const plan = yield* planCourse({
    state,
    hosts,
    changes: request.changes,
    tried: answers,
    horizonS,
  });
  const runs = yield* runCourse(state, plan, learned);
  return { ok: true, value: withCourse(answer, yield* courseOf(state, plan, runs, learned)) };
}

/** What throttles or goes off by the change breaks what in the end would hold. */
function withCourse(answer: WhatIfAnswer, course: Course): WhatIfAnswer {
  const breaks = course.throttledGpus + course.shutDownGpus + course.darkGpus > 0;
  const verdict = answer.verdict === 'holds' && breaks ? 'breaks' : answer.verdict;
  const evidence = [...answer.evidence.filter(one => !isOfTheEnd(one)), ...COURSE_EVIDENCE];
  return { ...answer, verdict, fits: answer.fits && verdict !== 'breaks', evidence, course };
}

/** Reads a what-if document or Kubernetes workloads, and asks. */
export function askWhatIf(base: WhatIfBase, document: unknown): Parsed<WhatIfAnswer> {
  const request = parseWhatIf(document);
  return request.ok ? whatIf(base, request.value) : request;
}

function* answerOf(
  scene: Scene,
  request: WhatIfRequest,
  tried: readonly Tried[],
): Parts<WhatIfAnswer> {
  const decides =
    tried.find(({ answer }) => answer.verdict === 'refused') ??
    tried.find(({ answer }) => answer.verdict === 'breaks') ??
    tried[tried.length - 1];
  const evidence: Evidence[] = [
    ...tried.flatMap(t => t.evidence),
    ...request.notes.map(says => ({ about: 'manifest', says })),
  ];
  const unique = new Map(evidence.map(e => [`${e.about} ${e.says} ${e.hosts}`, e]));
  return {
    kind: 'WhatIfAnswer',
    generation: scene.model.topology.generation,
    name: request.name ?? null,
    ...decides.answer,
    layers: [...tried.flatMap(t => t.gpus ?? []), ...(yield* layersOf(scene))],
    warnings: warningsOf(scene),
    evidence: [...unique.values()],
    changes: tried.map(t => t.answer),
  };
}

function* tryChange(scene: Scene, change: Change): Parts<Parsed<Tried>> {
  if ('place' in change) return tryPlace(scene, change.place);
  if ('drain' in change) return tryDrain(scene, change.drain.host);
  if ('setpoint' in change) return trySetpoint(scene, change.setpoint.entity);
  if ('cap' in change) return yield* tryCap(scene, change.cap);
  return yield* tryFail(scene, change.fail.entity);
}

function tryPlace(scene: Scene, spec: Extract<Change, { place: unknown }>['place']): Parsed<Tried> {
  const placed = placeIn(scene, spec);
  if (!placed.ok) return placed;
  const answer = placedAnswer(scene, placed.value);
  const asked = jobOf(scene, placed.value, spec.job ?? {});
  if (!asked.ok) return asked;
  const { job, says } = asked.value;
  const value = {
    answer: { change: 'place' as const, target: spec.name ?? null, ...answer, job, fail: null },
    evidence: [...placeEvidence(scene, placed.value), ...says],
    gpus: gpuLayer(scene, placed.value),
  };
  return { ok: true, value };
}

/** The job on what was placed; in the words of the question, where it does not fit its GPUs. */
function jobOf(
  scene: Scene,
  { result, candidates }: Placed,
  spec: JobSpec,
): Parsed<{ job: JobAnswer | null; says: readonly Evidence[] }> {
  if (!result.fits) return { ok: true, value: { job: null, says: [] } };
  const { hosts, topology } = scene.model;
  const parts = result.taken.map(({ host, gpus }) => ({ host: hosts.firstHost + host, gpus }));
  const gpu = topology.classes[candidates.gpuClass];
  const found = jobAnswer({ state: scene.state, gpu, parts }, spec);
  if ('job' in found) return { ok: true, value: { job: found.job, says: JOB_EVIDENCE } };
  if ('reason' in found) {
    return { ok: true, value: { job: null, says: [{ about: 'job', says: found.reason }] } };
  }
  const [field, message] = found.misfit.split(': ');
  return { ok: false, problems: [{ path: ['place', 'job', field], message }] };
}

function gpuLayer(scene: Scene, { candidates, result }: Placed): AnswerLayer {
  const { topology } = scene.model;
  const { totalGpus, freeGpus } = candidates;
  const taken = result.fits ? result.gpus : 0;
  const numbers = (free: number) => ({ load: totalGpus - free, headroom: free, headroomN1: null });
  return {
    plane: 'gpus',
    kind: 'gpu',
    unit: 'Count',
    entity: topology.ids[candidates.scope],
    limit: totalGpus,
    before: numbers(freeGpus),
    after: numbers(freeGpus - taken),
  };
}

/** The entity is not there, or not of a kind that this can be done with. */
function unfit(scene: Scene, path: Problem['path'], id: string, what: string): Parsed<never> {
  const message = `'${id}' is no ${what} of this site`;
  const isUnknown = scene.model.topology.indexOf(id) < 0;
  return { ok: false, problems: [{ path, message, ...(isUnknown ? { unknownId: id } : {}) }] };
}

function tryDrain(scene: Scene, id: string): Parsed<Tried> {
  const host = scene.model.topology.indexOf(id);
  if (host < 0 || scene.model.topology.kind[host] !== KIND_INDEX.host) {
    return unfit(scene, ['drain', 'host'], id, 'host');
  }
  const drained = drainIn(scene, host);
  const answer = drained.placed
    ? placedAnswer(scene, drained.placed)
    : { ...NOTHING, fits: true, verdict: 'fits' as const, gpuCount: 0 };
  const placedSays = drained.placed ? placeEvidence(scene, drained.placed) : [];
  const value = {
    answer: { change: 'drain' as const, target: id, ...answer, fail: null },
    evidence: [...drainEvidence(drained), ...placedSays],
    ...(drained.placed ? { gpus: gpuLayer(scene, drained.placed) } : {}),
  };
  return { ok: true, value };
}

function* tryFail(scene: Scene, id: string): Parts<Parsed<Tried>> {
  const entity = scene.model.topology.indexOf(id);
  if (entity < 0) return unfit(scene, ['fail', 'entity'], id, 'entity');
  const failure = yield* failEntity(scene, entity);
  const isHeld = holds(scene.model.topology, failure);
  const value: Tried = {
    answer: {
      ...NOTHING,
      change: 'fail',
      target: id,
      fits: isHeld,
      verdict: isHeld ? 'holds' : 'breaks',
      fail: failAnswer(scene, entity, failure),
    },
    evidence: FAIL_EVIDENCE,
  };
  return { ok: true, value };
}

function trySetpoint(scene: Scene, id: string): Parsed<Tried> {
  const { topology } = scene.model;
  const entity = topology.indexOf(id);
  if (entity < 0 || coolingUnitsIn(topology, entity).length === 0) {
    return unfit(scene, ['setpoint', 'entity'], id, 'CRAH or CDU, nor anything with one,');
  }
  const held = { ...NOTHING, fits: true, verdict: 'holds' as const, fail: null };
  const answer = { change: 'setpoint' as const, target: id, ...held };
  return { ok: true, value: { answer, evidence: [] } };
}

/** Power that the cap takes from GPUs is relief on the layers above. */
function* tryCap(scene: Scene, { under, gpuW }: CapSpec): Parts<Parsed<Tried>> {
  const { topology, hosts } = scene.model;
  const entity = under === undefined ? 0 : topology.indexOf(under);
  if (entity < 0) return unfit(scene, ['cap', 'under'], under ?? '', 'entity');
  let gpus = 0;
  for (let i = 0; i < hosts.count; i++) {
    if (i % HOSTS_A_PART === HOSTS_A_PART - 1) yield;
    let reliefW = 0;
    for (let g = hosts.firstGpu[i]; g >= 0 && g < hosts.firstGpu[i] + hosts.gpuCount[i]; g++) {
      if (!isWithin(topology, g, entity)) continue;
      gpus++;
      reliefW += Math.max(0, current(scene.base.state, GPU_POWER, g) - gpuW) || 0;
    }
    if (reliefW > 0) scene.overlay.addHost(i, -reliefW);
  }
  if (gpus === 0) return unfit(scene, ['cap', 'under'], under ?? '', 'place with GPUs');
  const says = 'what its GPUs draw above the cap, from what they draw now';
  const value: Tried = {
    answer: {
      ...{ ...NOTHING, change: 'cap', target: topology.ids[entity], fail: null },
      ...{ fits: true, verdict: 'holds', gpuCount: gpus },
    },
    evidence: [{ about: 'power of the hosts after the cap', says }],
  };
  return { ok: true, value };
}
