/** Questions about the course of power and heat after a change. */
import assert from 'node:assert/strict';
import { stateHash } from '../../twin/state/hash.ts';
import type { Twin } from '../../twin/twin.ts';
import { type WhatIfAnswer, whatIfAnswerSchema } from '../../twin/whatif/answer.ts';
import type { CourseKnowledge } from '../../twin/whatif/course/run.ts';
import { parseWhatIf } from '../../twin/whatif/request.ts';
import { whatIf } from '../../twin/whatif/whatif.ts';

/** @throws unless it is answered, by the schema, with the live state untouched */
export function ask(twin: Twin, question: object, learned: CourseKnowledge = {}): WhatIfAnswer {
  const before = stateHash(twin.state);
  const request = parseWhatIf({ kind: 'WhatIf', ...question });
  assert.ok(request.ok, JSON.stringify(request));
  const { state, limits } = twin;
  const answer = whatIf({ state, limits, learned }, request.value);
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal(stateHash(twin.state), before, 'the live state was touched');
  whatIfAnswerSchema.parse(answer.value);
  return answer.value;
}

/** Over a quarter of an hour unless the question says otherwise. */
export function courseOf(twin: Twin, question: object, learned: CourseKnowledge = {}) {
  const { course, verdict } = ask(twin, { horizonS: 900, ...question }, learned);
  assert.ok(course);
  return { ...course, verdict, hall: course.halls[0] };
}

export const lose = (...entities: string[]) => ({
  changes: entities.map(entity => ({ fail: { entity } })),
});
