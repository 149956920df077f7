import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { marginN1At } from '../../twin/closure/extra-loads.ts';
import { closePlane } from '../../twin/closure/pass.ts';
import { placeModel } from '../../twin/place/model.ts';
import { stateHash } from '../../twin/state/hash.ts';
import type { Twin } from '../../twin/twin.ts';
import type { WhatIfAnswer } from '../../twin/whatif/answer.ts';
import { askWhatIf } from '../../twin/whatif/whatif.ts';
import { type SitePlan, sitePlans, tick, twinOf, write } from '../support/random-site.ts';

const questions = fc.record({
  gpus: fc.integer({ min: 1, max: 24 }),
  hosts: fc.integer({ min: 1, max: 4 }),
  perHost: fc.constantFrom(1, 2, 4, 8),
  isPerHost: fc.boolean(),
  spread: fc.constantFrom('pack', 'spread'),
  under: fc.constantFrom(undefined, 'r1', 'r1k1', 'r1k1-n1'),
});
type Question = typeof questions extends fc.Arbitrary<infer Q> ? Q : never;

const loads = fc.array(fc.integer({ min: 1_900, max: 9_000 }), { minLength: 1, maxLength: 5 });
const used = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 7 });

/** Generous by default, so that GPUs bind as often as power does. */
function siteWith(plan: SitePlan, hostPowerW: readonly number[], inUse: readonly number[]): Twin {
  const twin = twinOf(plan, hostPowerW);
  const { hosts } = placeModel(twin.state, twin.limits);
  for (let i = 0; i < hosts.count; i++) {
    write(twin, 'gpusAllocatableCount', hosts.firstHost + i, 8);
    write(twin, 'gpusAllocatedCount', hosts.firstHost + i, inUse[i % inUse.length]);
  }
  tick(twin);
  return twin;
}

const askedOf = ({ gpus, hosts, perHost, isPerHost }: Question) =>
  isPerHost ? hosts * perHost : gpus;

function documentOf(question: Question) {
  const { perHost, isPerHost, spread, under } = question;
  const place = { gpus: askedOf(question), spread, ...(isPerHost ? { perHost } : {}), under };
  return { kind: 'WhatIf', place: JSON.parse(JSON.stringify(place)) };
}

function ask(twin: Twin, question: Question): WhatIfAnswer {
  const answer = askWhatIf(twin, documentOf(question));
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.value;
}

/** Hard limits that are passed, with everything in service and under any single loss. */
function passed(twin: Twin, state = twin.state): Set<string> {
  const { hardN1 } = placeModel(twin.state, twin.limits);
  const found = new Set<string>();
  for (const id of ['power', 'cooling'] as const) {
    const r = state.planes[id];
    const { load, limit } = r;
    load.forEach((value, p) => {
      const slack = 1e-9 * Math.max(1, limit[p]);
      if (value > limit[p] + slack) found.add(`${id} ${p}`);
      const demanded = limit[p] - hardN1[id][p];
      if (Number.isFinite(demanded) && marginN1At(r, p) < demanded - slack)
        found.add(`${id} ${p} N-1`);
    });
  }
  return found;
}

test('no answer overcommits: its loads and GPUs stay within every hard limit', () => {
  const seen = { fits: 0, refused: 0 };
  fc.assert(
    fc.property(sitePlans, loads, used, questions, (plan, hostPowerW, inUse, question) => {
      const twin = siteWith(plan, hostPowerW, inUse);
      const answer = ask(twin, question);
      seen[answer.fits ? 'fits' : 'refused']++;
      const { hosts } = placeModel(twin.state, twin.limits);
      const fork = twin.state.fork();
      for (const { host, gpuCount, addedPowerW } of answer.where) {
        const i = twin.topology.indexOf(host) - hosts.firstHost;
        assert.ok(gpuCount <= 8 - inUse[i % inUse.length], `${host}: ${gpuCount} GPUs`);
        fork.planes.power.load[hosts.powerPosition[i]] += addedPowerW;
        fork.planes.cooling.load[hosts.coolingPosition[i]] += addedPowerW;
      }
      for (const id of ['power', 'cooling'] as const) closePlane(fork.planes[id]);
      const before = passed(twin);
      const after = [...passed(twin, fork)].filter(limit => !before.has(limit));
      assert.deepEqual(after, [], `passed by ${JSON.stringify(answer.where)}`);
    }),
    { numRuns: 300 },
  );
  assert.ok(seen.fits > 50 && seen.refused > 50, JSON.stringify(seen));
});

test('a gang gets all of its GPUs or none, within its scope and its pods whole', () => {
  fc.assert(
    fc.property(sitePlans, loads, used, questions, (plan, hostPowerW, inUse, question) => {
      const answer = ask(siteWith(plan, hostPowerW, inUse), question);
      const { perHost, isPerHost, under } = question;
      const asked = askedOf(question);
      const got = answer.where.reduce((sum, w) => sum + w.gpuCount, 0);
      assert.equal(got, answer.fits ? asked : 0);
      assert.equal(answer.binding === null, answer.fits);
      if (!answer.fits) assert.ok((answer.instead?.gpus ?? 0) < asked);
      const hosts = answer.where.map(w => w.host);
      assert.equal(new Set(hosts).size, hosts.length);
      for (const w of answer.where) {
        if (isPerHost) assert.equal(w.gpuCount, perHost);
        if (under) assert.ok([w.host, w.rack, w.row].includes(under), `${w.host} under ${under}`);
      }
    }),
    { numRuns: 300 },
  );
});

const failures = fc.constantFrom(
  'u1',
  'u2',
  'sw-a',
  'tx',
  'crah1',
  'r1k1',
  'r1k1-n1',
  'r1k1-pdu-a',
);

test('questions are independent of each other and leave the live state as it is', () => {
  fc.assert(
    fc.property(
      sitePlans,
      loads,
      used,
      fc.array(questions, { minLength: 2, maxLength: 4 }),
      failures,
      (plan, hostPowerW, inUse, list, entity) => {
        const twin = siteWith(plan, hostPowerW, inUse);
        const before = stateHash(twin.state);
        const first = list.map(question => ask(twin, question));
        const fail = askWhatIf(twin, { kind: 'WhatIf', fail: { entity } });
        const drain = askWhatIf(twin, { kind: 'WhatIf', drain: { host: 'r1k1-n1' } });
        assert.ok(fail.ok && drain.ok);
        const again = list.toReversed().map(question => ask(twin, question));
        assert.deepEqual(again.toReversed(), first);
        assert.deepEqual(askWhatIf(twin, { kind: 'WhatIf', fail: { entity } }), fail);
        assert.equal(stateHash(twin.state), before);
      },
    ),
    { numRuns: 60 },
  );
});

const chain = fc.constantFrom('u1', 'u2', 'sw-a', 'gen', 'r1k1-pdu-a', 'r1k1-n1/psu0');

test('the loss of a part of the power chain moves load, and changes none that stays supplied', () => {
  const seen = { dark: 0, lit: 0 };
  fc.assert(
    fc.property(sitePlans, loads, chain, (plan, hostPowerW, entity) => {
      const twin = twinOf(plan, hostPowerW);
      const answer = askWhatIf(twin, { kind: 'WhatIf', fail: { entity } });
      assert.ok(answer.ok && answer.value.fail);
      const { layers, fail } = answer.value;
      const power = fail.unsupplied.find(u => u.plane === 'power');
      const isDark = (power?.loads.length ?? 0) > 0;
      seen[isDark ? 'dark' : 'lit']++;
      for (const layer of layers.filter(l => ['host', 'rack', 'site'].includes(l.kind))) {
        const change = layer.after.load - layer.before.load;
        assert.ok(isDark ? change <= 0 : change === 0, `${layer.entity}: ${change} W`);
      }
      const hosts = power?.loads.filter(id => /-n\d$/.test(id)) ?? [];
      assert.equal(fail.gpusLost, 8 * hosts.length);
    }),
    { numRuns: 150 },
  );
  assert.ok(seen.dark > 10 && seen.lit > 50, JSON.stringify(seen));
});
