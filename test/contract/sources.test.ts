/** What every BMC source promises: start and stop, nothing left at the peer, a truthful health. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { BmcSource } from '../../server/ingest/bmc/bmc-source.ts';
import { createBmcSchedule } from '../../server/ingest/bmc/schedule.ts';
import { createIpmitoolSource } from '../../server/ingest/ipmi/source.ts';
import { createRedfishSource } from '../../server/ingest/redfish/source.ts';
import { IPMI_USER, missingIpmiPrograms, startIpmiSim } from '../support/ipmi-sim.ts';
import {
  type RecordingPort,
  recordingPort,
  testContext,
  until,
} from '../support/recording-port.ts';
import { USER } from '../support/redfish-run.ts';
import { startRedfishTree } from '../support/redfish-tree-server.ts';
import { smallTree } from '../support/small-redfish-tree.ts';

interface Peer {
  /** A source of this peer; `isWrong` for one that cannot log in. */
  source(port: RecordingPort, isWrong?: boolean): BmcSource;
  /** What the peer holds for us. */
  held(): number;
  stop(): Promise<void>;
}

interface Row {
  readonly name: string;
  readonly skip: string | false;
  start(): Promise<Peer>;
}

async function redfishPeer(): Promise<Peer> {
  const server = await startRedfishTree({ tree: smallTree(), user: USER });
  return {
    source: (port, isWrong = false) =>
      createRedfishSource(
        {
          ...{ id: 'bmc', kind: 'redfish', url: server.url, host: 'host-1' },
          ...{ username: USER.name, password: isWrong ? 'wrong' : USER.password },
        },
        testContext(port),
        createBmcSchedule(),
      ),
    held: () => server.openSessions.size + server.load.now,
    stop: () => server.stop(),
  };
}

async function ipmitoolPeer(): Promise<Peer> {
  const sim = await startIpmiSim({ inlet: 24, fan1: 84, psu1: 130, gpu1: 61, power: 1 });
  return {
    source: (port, isWrong = false) =>
      createIpmitoolSource(
        {
          ...{ id: 'bmc', kind: 'ipmitool', host: 'host-1', address: '127.0.0.1' },
          ...{ port: sim.port, intervalS: 1, ...IPMI_USER },
          ...(isWrong && { password: 'wrong', commandTimeoutS: 2 }),
        },
        testContext(port),
        createBmcSchedule(),
      ),
    held: () => 0,
    stop: () => sim.stop(),
  };
}

/** Signals of a BMC that the service itself tells. */
const OWN: ReadonlySet<string> = new Set([
  'upFlag',
  'bmcPollHz',
  'clockOffsetS',
  'clockUncertaintyS',
]);

const delivered = (port: RecordingPort) =>
  port.readingsTaken.filter(({ signal }) => !OWN.has(signal)).length;

const missing = missingIpmiPrograms();
const noIpmi = missing.length > 0 && process.env.CI !== 'true';
const ROWS: readonly Row[] = [
  { name: 'redfish', skip: false, start: redfishPeer },
  {
    ...{ name: 'ipmitool', start: ipmitoolPeer },
    skip: noIpmi ? `not installed: ${missing.join(', ')}` : false,
  },
];

test('redfish: a session that is being made while the source stops is given back', async () => {
  const server = await startRedfishTree({ tree: smallTree(), user: USER, delayMs: 300 });
  const source = createRedfishSource(
    {
      ...{ id: 'bmc', kind: 'redfish', url: server.url, host: 'host-1' },
      ...{ username: USER.name, password: USER.password },
    },
    testContext(recordingPort()),
    createBmcSchedule(),
  );
  source.start();
  await until(() => server.load.now === 1, 'the login under way');
  await source.stop();
  assert.equal(server.log[0], 'POST /redfish/v1/SessionService/Sessions 201');
  assert.equal(server.openSessions.size, 0);
  await server.stop();
});

for (const { name, skip, start } of ROWS) {
  const contract = (title: string, body: (peer: Peer, port: RecordingPort) => Promise<void>) =>
    test(`${name}: ${title}`, { skip }, async () => {
      const peer = await start();
      try {
        await body(peer, recordingPort());
      } finally {
        await peer.stop();
      }
    });

  contract(
    'starting is a state of its own, then it is up and has delivered',
    async (peer, port) => {
      const source = peer.source(port);
      assert.equal(source.health().state, 'starting');
      assert.equal(source.health().samples, 0);
      source.start();
      await until(() => source.health().state === 'up', 'up', 20_000);
      const { samples, lastAttemptMs, lastSuccessMs = 0, latencyMs = -1 } = source.health();
      assert.equal(samples, delivered(port));
      assert.ok(samples > 0 && latencyMs >= 0 && lastAttemptMs !== undefined);
      assert.ok(Math.abs(lastSuccessMs - Date.now()) < 20_000);
      await source.stop();
    },
  );

  contract('stopping gives back what the peer holds and delivers no more', async (peer, port) => {
    const source = peer.source(port);
    source.start();
    await until(() => port.readingsTaken.length > 0, 'readings', 20_000);
    await source.stop();
    await until(() => peer.held() === 0, 'nothing held');
    const count = port.readingsTaken.length;
    await new Promise(done => setTimeout(done, 1_300));
    assert.equal(port.readingsTaken.length, count);
  });

  contract(
    'stopping in the midst of the first poll, twice, or before start',
    async (peer, port) => {
      const source = peer.source(port);
      await source.stop();
      source.start();
      await new Promise(done => setTimeout(done, 15));
      await source.stop();
      await source.stop();
      await until(() => peer.held() === 0, 'nothing held');
    },
  );

  contract('it can be started again', async (peer, port) => {
    const source = peer.source(port);
    source.start();
    await until(() => port.readingsTaken.length > 0, 'readings', 20_000);
    await source.stop();
    const count = port.readingsTaken.length;
    source.start();
    await until(() => port.readingsTaken.length > count, 'more readings', 20_000);
    await source.stop();
    await until(() => peer.held() === 0, 'nothing held');
  });

  contract(
    'a refused login is not up, says why, and delivers that it is unreachable',
    async peer => {
      const port = recordingPort();
      const source = peer.source(port, true);
      source.start();
      await until(() => source.health().lastError !== undefined, 'an error', 20_000);
      await until(() => port.latest().get('bmc/0/upFlag') === 0, 'the flag', 20_000);
      const { state, samples } = source.health();
      assert.ok(state === 'down' || state === 'degraded', state);
      assert.equal(samples, 0, 'what is said of the BMC is not from the BMC');
      assert.equal(
        port.readingsTaken.some(reading => reading.kind === 'host'),
        false,
      );
      await source.stop();
      assert.equal(peer.held(), 0);
    },
  );

  contract('every drop in its health went to the port, too', async (peer, port) => {
    const source = peer.source(port);
    source.start();
    await until(() => source.health().state === 'up', 'up', 20_000);
    await source.stop();
    assert.deepEqual(Object.fromEntries(port.drops), source.health().dropped);
  });
}
