/** What a model must offer so that published results can be run against it. */
import type { z } from 'zod';

/** One value per output; the unit is in the name. */
export type PublishedAnswer = Readonly<Record<string, number | boolean | string>>;

/** A model that answers items of one kind from their inputs alone. */
export interface PublishedModel {
  readonly kind: string;
  /** Inputs the kind takes, with their ranges. */
  readonly input: z.ZodType;
  /**
   * @throws z.ZodError if the input does not fit; RangeError if it fits but has no answer (the
   * message says why and is shown to the reader)
   */
  answer(input: unknown): PublishedAnswer;
  /** Inputs that fit and yet change nothing, and what they lack. */
  idle?(input: unknown): Idle;
}

/** By name of an input that may be left out: why it changes nothing, or undefined where it does. */
export type Idle = Readonly<Record<string, string | false | undefined>>;

/**
 * A published model from its schema: `answer` gets inputs that were checked.
 *
 * Use `z.object`: inputs a schema does not know are named in a table's report, and refused only
 * where somebody asks by hand.
 * @param idle what of the inputs has no effect beside the others, whether it was given or not
 */
export const publishedModel = <Schema extends z.ZodType>(
  kind: string,
  input: Schema,
  answer: (input: z.output<Schema>) => PublishedAnswer,
  idle: (input: z.output<Schema>) => Idle = () => ({}),
): PublishedModel => ({
  ...{ kind, input },
  answer: raw => answer(input.parse(raw)),
  idle: raw => idle(input.parse(raw)),
});
