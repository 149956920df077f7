/** Which values of the twin go to a store: fields that the configuration of every target shares. */
import { z } from 'zod';
import {
  ESTIMATES,
  KIND_INDEX,
  type Kind,
  kindsOf,
  metricName,
  SIGNALS,
  signalIndex,
} from '../../twin/index.ts';
import { kindField, signalField, USUAL_KINDS } from '../config-fields.ts';

const numberSignal = signalField.refine(id => SIGNALS[signalIndex(id)].unit !== 'Text', {
  error: issue => `'${issue.input}' is a text; only numbers can be forwarded`,
});

export const choiceFields = {
  id: z.string().min(1).describe('Name of the target in metrics and logs.'),
  kinds: z.array(kindField).default(USUAL_KINDS).describe('Kinds whose signals are forwarded.'),
  signals: z
    .array(numberSignal)
    .optional()
    .describe('Signals to forward; all numbers unless given.'),
  stale: z
    .boolean()
    .default(true)
    .describe('Stale values too, until they count as missing, as on /metrics; or not at all.'),
  everyS: z
    .number()
    .min(1)
    .max(3600)
    .default(15)
    .describe('Seconds of the wall clock between two samples of a series.'),
  maxSeries: z
    .int()
    .min(1)
    .default(100_000)
    .describe('Signals that do not fit, by entities and signals, are left out whole and counted.'),
  maxQueueBytes: z
    .int()
    .min(64 * 1024)
    .default(64 * 1024 * 1024)
    .describe('Memory for what waits, 8 bytes a value; beyond it the oldest is dropped.'),
  timeoutS: z.number().min(0.1).max(600).default(15).describe('For one request.'),
} as const;

export interface Choice {
  readonly kinds: readonly Kind[];
  readonly signals?: readonly string[] | undefined;
  /** Whether values that a source measured at this very place go too, not only derived ones. */
  readonly measured: boolean;
  /** Whether a value goes on while it is stale: its source is silent, or too few parts have one. */
  readonly stale: boolean;
  readonly maxSeries: number;
}

/** One signal at one kind that may be forwarded. */
export interface Candidate {
  /** Index into `KINDS`, and into `SIGNALS`. */
  readonly kind: number;
  readonly signal: number;
  /** The metric's name without that of the measurement before it: `power_watts`. */
  readonly field: string;
  /** A best estimate counts as derived, though it has the quality of what it was chosen from. */
  readonly isEstimate: boolean;
}

/** InfluxDB's measurement, and how the names of all metrics of a kind begin: `orrery_rack`. */
export const measurementOf = (id: Kind): string =>
  `orrery_${id.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}`;

/** All that a choice allows, outermost kinds first: what many things depend on has room first. */
export function candidatesOf(choice: Choice): readonly Candidate[] {
  const kinds = [...new Set(choice.kinds)].sort((a, b) => KIND_INDEX[a] - KIND_INDEX[b]);
  return kinds.flatMap(id =>
    SIGNALS.flatMap((row, index) => {
      const isChosen = choice.signals ? choice.signals.includes(row.id) : true;
      if (!isChosen || row.unit === 'Text' || !kindsOf(row).includes(id)) return [];
      const field = metricName(id, row).slice(measurementOf(id).length + 1);
      const isEstimate = ESTIMATES.some(each => each.signal === row.id && each.kind === id);
      return [{ kind: KIND_INDEX[id], signal: index, field, isEstimate }];
    }),
  );
}
