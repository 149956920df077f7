/** What calibration had learned at a past instant. */
import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { startCalibration } from '../../server/calibration/calibration.ts';
import { calibrationConfig } from '../../server/calibration/config.ts';
import { useLearnedPower } from '../../server/calibration/past.ts';
import { createPast } from '../../server/recovery/past.ts';
import { modelAt } from '../../server/recovery/past-model.ts';
import { KIND_INDEX, readSignal, signalIndex } from '../../twin/index.ts';
import { seededRandom } from '../../twin/physics/random.ts';
import { removeFolders, type StoredSite, silent, storedSite } from '../support/stored-site.ts';

after(removeFolders);

const METERED = 'r1-k1-n1';
/** Its BMC tells nothing: it is modelled with what the others teach. */
const BLIND = 'r1-k2-n2';

/** Rounds over hosts that draw so much for a watt of their GPUs. */
async function teach(site: StoredSite, rounds: number, gain: number, round: () => Promise<void>) {
  const { topology } = site.live.twin;
  const random = seededRandom(7);
  const hosts = Array.from(topology.ids.keys()).filter(e => topology.kind[e] === KIND_INDEX.host);
  for (let k = 0; k < rounds; k++) {
    for (const host of hosts) {
      const id = topology.ids[host];
      const watts = 100 + 500 * random();
      for (let n = 0; n < 8; n++) site.write(`${id}/gpu${n}`, 'gpuPowerW', watts);
      site.write(id, 'cpuUtilRatio', 0.5);
      if (id !== BLIND) site.write(id, 'bmcPowerW', 1500 + 8 * gain * watts);
    }
    site.pass(30);
    await round();
  }
}

test('a past instant is answered with the parameters of then, and modelled by them', async () => {
  const site = await storedSite();
  const { learned } = site.storage;
  const config = calibrationConfig.parse({ everyS: 3600 });
  const service = startCalibration({ live: site.live, config, log: silent, learned });
  useLearnedPower(site.live.twin, service);
  const powerOf = (live: StoredSite['live']) =>
    readSignal(live.twin.state, signalIndex('powerW'), live.twin.topology.indexOf(BLIND)).value;
  await teach(site, 40, 1.05, service.round);
  site.live.tick();
  await site.storage.snapshot();
  const then = { atMs: site.clock.nowMs, powerW: powerOf(site.live) };
  const gainOf = () => {
    const host = site.live.twin.topology.indexOf(METERED);
    const power = service.calibration
      .parametersOf(host)
      .find(({ model }) => model.id === 'hostPower');
    return power?.parameters.find(({ id }) => id === 'gpuGainRatio')?.value ?? Number.NaN;
  };
  const gainThen = gainOf();
  await teach(site, 60, 1.3, service.round);
  await site.storage.snapshot();
  await site.storage.journal.durable();
  assert.ok(Math.abs(gainOf() - gainThen) > 1e-3);

  const past = modelAt({ dataDir: site.dir, atMs: then.atMs, log: silent });
  assert.ok(past.calibration);
  assert.ok(Math.abs(powerOf(past.live) - then.powerW) < 1, `${powerOf(past.live)} ${then.powerW}`);
  const asking = createPast({ dataDir: site.dir, rolledUp: async () => undefined });
  const input = { params: {}, query: { entity: METERED }, body: undefined };
  const question = { method: 'get', path: '/api/v1/parameters', input };
  const { answer } = await asking.ask({ ...question, atMs: then.atMs });
  const { items } = answer as {
    items: { model: string; parameters: { id: string; value: number }[] }[];
  };
  const power = items.find(({ model }) => model === 'hostPower');
  const gain = power?.parameters.find(({ id }) => id === 'gpuGainRatio');
  assert.equal(gain?.value, gainThen);
  await asking.close();
  await service.stop();
  await site.storage.close();
});
