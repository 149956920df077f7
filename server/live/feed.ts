/** What one subscriber sees: a snapshot first, then only what changed since its last frame. */
import {
  encodeFrame,
  entitiesOfKind,
  type FrameSection,
  isKind,
  KIND_INDEX,
  MISSING,
  readSignal,
  SIGNAL_INDEX,
} from '../../twin/index.ts';
import { ProblemError } from '../api/problem.ts';
import type { LiveTwin } from '../live-twin.ts';

export interface Subscription {
  readonly kind: string;
  readonly under?: string;
  /** Comma-separated signal ids. */
  readonly signals: string;
}

export interface Feed {
  /** The next frame; undefined when nothing changed. */
  next(): Uint8Array | undefined;
  readonly generation: number;
  readonly seq: number;
}

/** A delta of everything is no delta; a reader that has lost count starts from a snapshot. */
interface Sent {
  readonly values: Float32Array;
  readonly qualities: Uint8Array;
}

/** @throws ProblemError naming what in the subscription does not exist. */
export function createFeed(live: LiveTwin, subscription: Subscription): Feed {
  const signals = signalsOf(subscription.signals);
  const { kind } = subscription;
  if (!isKind(kind)) throw new ProblemError(400, `kind: '${kind}' is not a kind`);
  let generation = -1;
  let seq = 0;
  let entities = new Uint32Array();
  let sent: readonly Sent[] = [];

  /** Entities of the subscription in the generation that stands now. */
  function follow() {
    const { topology } = live.twin;
    const under = subscription.under === undefined ? 0 : topology.indexOf(subscription.under);
    if (under < 0) throw new ProblemError(404, `under: there is no entity '${subscription.under}'`);
    entities = Uint32Array.from(entitiesOfKind(topology, kind as 'rack', under));
    sent = signals.map(() => ({
      values: new Float32Array(entities.length).fill(Number.NaN),
      qualities: new Uint8Array(entities.length),
    }));
    generation = topology.generation;
  }

  follow();
  return {
    get generation() {
      return generation;
    },
    get seq() {
      return seq;
    },
    next() {
      const snapshot = seq === 0 || generation !== live.twin.topology.generation;
      if (snapshot) follow();
      const atMs = live.clock.now();
      const sections = signals.map((signal, i) =>
        changes(live, { signal, kind: KIND_INDEX[kind], entities, sent: sent[i], snapshot, atMs }),
      );
      if (!snapshot && sections.every(section => section.entities.length === 0)) return undefined;
      seq++;
      return encodeFrame({ snapshot, generation, seq, atMs, sections });
    },
  };
}

function signalsOf(text: string): number[] {
  return text.split(',').map(id => {
    const index = SIGNAL_INDEX.get(id.trim());
    if (index === undefined) throw new ProblemError(400, `signals: '${id}' is not a signal`);
    return index;
  });
}

interface Want {
  readonly signal: number;
  readonly kind: number;
  readonly entities: Uint32Array;
  readonly sent: Sent;
  readonly snapshot: boolean;
  readonly atMs: number;
}

function changes(live: LiveTwin, want: Want): FrameSection {
  const { state } = live.twin;
  const { entities, sent, atMs } = want;
  const at: number[] = [];
  const ages: number[] = [];
  for (let i = 0; i < entities.length; i++) {
    const reading = readSignal(state, want.signal, entities[i]);
    const value = reading.quality === MISSING ? Number.NaN : Math.fround(reading.value);
    if (
      !want.snapshot &&
      Object.is(value, sent.values[i]) &&
      reading.quality === sent.qualities[i]
    ) {
      continue;
    }
    sent.values[i] = value;
    sent.qualities[i] = reading.quality;
    at.push(i);
    ages.push((atMs - reading.atMs) / 1000);
  }
  return {
    signal: want.signal,
    kind: want.kind,
    entities: Uint32Array.from(at, i => entities[i]),
    values: Float32Array.from(at, i => sent.values[i]),
    agesS: Float32Array.from(ages),
    qualities: Uint8Array.from(at, i => sent.qualities[i]),
  };
}
