/** A milder and a harder limit in a real Alertmanager, with the rule that the documents give. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { parse } from 'yaml';
import { skipWithout, until } from '../support/outside-process.ts';
import { alertsIn, type Partner, startAlertmanager } from '../support/partner-servers.ts';
import { type SmallService, startSmallService } from '../support/small-service.ts';

const skip = skipWithout('prometheus-alertmanager');
const DOCS = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');

let manager: Partner | undefined;
let site: SmallService;

before(async () => {
  if (skip) return;
  const rule = [...DOCS.matchAll(/```yaml\n([^`]+)```/g)].find(([, text]) =>
    text.startsWith('inhibit_rules'),
  );
  manager = await startAlertmanager(undefined, parse(rule?.[1] ?? ''));
  site = await startSmallService({
    config: { alertmanager: { urls: [manager.url], resendS: 1 } },
  });
});
after(async () => {
  await site?.stop();
  await manager?.stop();
});

function hold(inletTempC: number, forS: number) {
  for (let s = 0; s < forS; s += 15) {
    for (const host of ['r1-k1-n1', 'r1-k1-n2']) {
      site.read(host, [{ kind: 'host', signal: 'inletTempC', value: inletTempC }]);
    }
    site.clock.nowMs += 15_000;
    site.service.live.tick();
  }
}

/** States in Alertmanager of the alerts of the rack, by limit. */
async function ofRack() {
  const found = (await alertsIn(manager as Partner)).filter(
    ({ labels }) => labels.entity === 'r1-k1',
  );
  return Object.fromEntries(
    found.map(({ labels, status, startsAt }) => [labels.limit, { state: status.state, startsAt }]),
  );
}

const reaches = (what: string, limits: Record<string, string>) =>
  until(what, 15_000, async () => {
    const now = await ofRack();
    const states = Object.entries(now).map(([limit, { state }]) => [limit, state]);
    return JSON.stringify(Object.fromEntries(states.sort())) === JSON.stringify(limits);
  });

test('only the harder one calls, and the milder one goes on when it ends', { skip }, async () => {
  hold(30, 615);
  await reaches('the milder one', { inletRecommended: 'active' });
  const { startsAt } = (await ofRack()).inletRecommended;
  hold(45, 75);
  await reaches('both', { inletAllowable: 'active', inletRecommended: 'suppressed' });
  const shown = await site.get('/api/v1/alerts?entity=r1-k1&superseded=true');
  const { items } = (await shown.json()) as { items: { id: string; supersededBy: string }[] };
  assert.deepEqual(
    items.map(({ id, supersededBy }) => [id, supersededBy]),
    [['inletRecommended/r1-k1', 'inletAllowable/r1-k1']],
  );
  hold(30, 15);
  await reaches('the milder one again', { inletRecommended: 'active' });
  const now = await ofRack();
  const movedMs = Date.parse(now.inletRecommended.startsAt) - Date.parse(startsAt);
  assert.ok(Math.abs(movedMs) < 60_000, 'it is the same alert, not one that fires anew');
});
