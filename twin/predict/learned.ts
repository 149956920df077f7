/** What prediction has learned, as columns by entity and notes beside them: to be stored. */

export interface LearnedColumn {
  readonly name: string;
  /** One entity after the other, each with the same number of values. */
  readonly of: 'gpu' | 'host' | 'rack';
  readonly values: Float64Array | Uint32Array;
}

/** Numbers by name that belong to no entity; not finite ones are kept too. */
export type LearnedNotes = Readonly<Record<string, readonly number[]>>;

/** A part of the predictor that learns. */
export interface Learner {
  learnedColumns(): readonly LearnedColumn[];
  learnedNotes(): LearnedNotes;
  /** Takes back what `learnedNotes` gave; names that are not known are passed over. */
  restoreNotes(notes: LearnedNotes): void;
}

/** Notes whose names begin with a prefix, without it. */
export const notesUnder = (notes: LearnedNotes, prefix: string): [string, readonly number[]][] =>
  Object.entries(notes)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, numbers]) => [name.slice(prefix.length), numbers]);
