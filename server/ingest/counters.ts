/**
 * What became of the samples, by source: each is counted once, under `accepted` or under the reason
 * it was not taken. A tally is an array indexed by reason, so that counting costs one addition.
 */

/** What can become of a sample; exactly one per sample. */
export const OUTCOMES = [
  'accepted',
  /** The sender's mark that a series ended. */
  'stale',
  /** First sample of a counter: nothing to compare it with. */
  'baseline',
  /** No mapping row has this metric. */
  'unmapped',
  /** A mapping row has it, but no entity matches its labels. */
  'unmatched',
  /** A mapping row has the metric, and no use for these labels (the user time of a core). */
  'ignored',
  'seriesLimit',
  'labelTooLong',
  'tooManyLabels',
  'badLabels',
  /** Given up under overload. */
  'shed',
  /** From the replica of an HA pair that is not listened to. */
  'replica',
  /** The value comes from a source of higher rank, which is not silent. */
  'otherSource',
  'nan',
  /** A number that the exporter writes for "no value". */
  'blank',
  'future',
  'tooOld',
  /** Older than what the cell or the series has: to the history, not to the state. */
  'late',
  'duplicate',
  /** Another value for the same series and time. */
  'conflict',
  'range',
  /** Out of range, but in range in another unit. */
  'unitTrap',
  /** An info metric at 0: the text is not the current one. */
  'textOff',
] as const;

/** Counted beside the outcomes: things that are no samples, and what happened on the way. */
const NOTES = [
  'badLine',
  /** A body, or a series in it, that is not what the protocol says. */
  'malformed',
  'truncatedLine',
  'nativeHistogram',
  'exemplar',
  'counterReset',
  'combinedRange',
  'replicaFailover',
] as const;

type Outcome = (typeof OUTCOMES)[number];
type Note = (typeof NOTES)[number];
export type Reason = Outcome | Note;

const REASONS: readonly Reason[] = [...OUTCOMES, ...NOTES];

/** Index of each reason in a tally. */
export const AT = Object.fromEntries(REASONS.map((reason, index) => [reason, index])) as Readonly<
  Record<Reason, number>
>;

/** False of what is counted beside the samples. */
export const isOutcome = (reason: Reason) => AT[reason] < OUTCOMES.length;

/** Counts of one source since start. */
export interface Tally {
  readonly counts: Float64Array;
  /** Reasons of other parts (a poller, a BMC), by name. */
  readonly others: Map<string, number>;
}

export const newTally = (): Tally => ({
  counts: new Float64Array(REASONS.length),
  others: new Map(),
});

/** Adds to any reason by name, known here or not. */
export function addTo(tally: Tally, reason: string, count: number): void {
  const index = (AT as Readonly<Record<string, number>>)[reason];
  if (index !== undefined) tally.counts[index] += count;
  else tally.others.set(reason, (tally.others.get(reason) ?? 0) + count);
}

/** Samples seen: the sum over the outcomes. */
export function samplesOf(tally: Tally): number {
  let sum = 0;
  for (let i = 0; i < OUTCOMES.length; i++) sum += tally.counts[i];
  return sum;
}

/** Counts above zero, by reason. */
export function countsOf(tallies: Iterable<Tally>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const tally of tallies) {
    for (let i = 0; i < REASONS.length; i++) {
      if (tally.counts[i] > 0) counts[REASONS[i]] = (counts[REASONS[i]] ?? 0) + tally.counts[i];
    }
    for (const [reason, count] of tally.others) counts[reason] = (counts[reason] ?? 0) + count;
  }
  return counts;
}
