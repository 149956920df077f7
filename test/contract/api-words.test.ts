/** What the API says of a question that makes no sense: plain words, in the fields of the question. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { Source } from '../../server/ingest/contract.ts';
import { refusal } from '../support/refusal.ts';
import { type SmallService, startSmallService } from '../support/small-service.ts';

let site: SmallService;

const bmc: Source = {
  ...{ id: 'redfish/n1', start: () => {}, stop: async () => {}, boost: () => true },
  health: () => ({ id: bmc.id, kind: 'redfish', target: '', state: 'up', samples: 0, dropped: {} }),
};

before(async () => {
  site = await startSmallService();
  site.service.ingest.watch([bmc]);
});
after(() => site.stop());

test('what a query lacks, or has wrong, is said in words', async () => {
  const cases: readonly [question: string, detail: RegExp][] = [
    ['history', /^query signal: missing: a string is needed$/],
    ['history?entity=s1&signal=powerW&from=x', /^query from: an RFC 3339 time/],
    ['alerts?state=red', /^query state: one of these is needed: pending, firing, resolved$/],
    ['agreement?minConfidence=2', /^query minConfidence: a number from 0 to 1$/],
    ['agreement?minConfidence=NaN', /^query minConfidence: a number from 0 to 1$/],
    ['state?ids=,', /^query ids: there is none in it$/],
    ['state?signals=', /^query signals: name one or more, or all$/],
    ['forecast?entity=s1&signal=all', /^query signal: 'all' is not a signal/],
    [
      'history?entity=s1&signal=powerW&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
      /^query from: it must be before to/,
    ],
    ['history?entity=s1&signal=powerW&stepS=7', /^query stepS: a whole number of minutes/],
    ['agreement?signal=nope', /^query signal: 'nope' is not a signal/],
  ];
  for (const [question, detail] of cases) {
    assert.match((await refusal(site.get(`/api/v1/${question}`), 400)).detail, detail, question);
  }
});

test('what a body lacks, or has wrong, is said in words and in its own fields', async () => {
  const cases: readonly [path: string, body: object, status: number, detail: RegExp][] = [
    ['whatif', { kind: 'WhatIf', place: {} }, 422, /^place\.gpus: missing: a number is needed$/],
    ['whatif', { kind: 'WhatIf', cap: { gpuW: 5 } }, 422, /^cap\.gpuW: at least 50$/],
    ['whatif', { kind: 'WhatIf', cap: { under: 'ups-a', gpuW: 400 } }, 422, /^cap\.under: 'ups-a'/],
    ['whatif', { kind: 'Whatif' }, 422, /^kind: 'WhatIf' is needed$/],
    [
      'whatif',
      { kind: 'WhatIf', changes: [{ fial: {} }] },
      422,
      /^changes\[0\]: give one of place/,
    ],
    ['whatif', [1], 400, /^body \[0\]: an object is needed, not a number$/],
    ['models', { kind: 'breaker', input: {} }, 422, /^input\.ratedA: missing: a number is needed$/],
    ['boost', { source: 'n1', forS: 10 }, 404, /no BMC 'n1'; did you mean 'redfish\/n1'\?$/],
    ['boost', { source: 'redfish/m1', forS: 10 }, 404, /did you mean 'redfish\/n1'\?$/],
  ];
  for (const [path, body, status, detail] of cases) {
    const answer = site.post(`/api/v1/${path}`, JSON.stringify(body));
    assert.match((await refusal(answer, status)).detail, detail, JSON.stringify(body));
  }
  const lost = await refusal(site.get('/api/v1/states'), 404);
  assert.match(lost.detail, /no \/api\/v1\/states here; \/openapi\.json lists/);
  const frames = await refusal(
    site.get('/api/v1/frames?kind=rack&signals=powerW&under=r1-k9'),
    404,
  );
  assert.match(frames.detail, /no entity 'r1-k9'; did you mean 'r1-k1'/);
});
