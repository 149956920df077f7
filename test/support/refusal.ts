/** A refusal of the API: a problem document with that status. */
import assert from 'node:assert/strict';
import { problemSchema } from '../../server/api/problem.ts';

export async function refusal(response: Promise<Response>, status: number) {
  const answered = await response;
  const text = await answered.text();
  assert.equal(answered.status, status, text);
  assert.match(answered.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = JSON.parse(text);
  assert.deepEqual(problemSchema.parse(problem), problem);
  assert.equal(problem.status, status);
  assert.equal(problem.requestId, answered.headers.get('x-request-id'));
  return { ...problemSchema.parse(problem), headers: answered.headers };
}
