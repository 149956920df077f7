/**
 * Runs a question that takes long in steps of a few milliseconds, between which everything else has
 * its turn. One at a time: a course holds a copy of the state, or two, until it is answered.
 */
import { createQueue } from '../long-questions.ts';
import { inSteps, type Parts } from '../stepper.ts';

const queue = createQueue('questions that take long');

/**
 * The first part, in which the state is read, is done when the turn comes, so that what is refused
 * has cost nothing.
 * @throws ProblemError 503 when too many wait
 */
export const inTurns = <T>(parts: Parts<T>): Promise<T> => queue(() => inSteps(parts));
