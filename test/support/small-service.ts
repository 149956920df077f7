/** A running service on loopback with a small site: two racks of two hosts of eight H100. */
import { pino } from 'pino';
import { type Config, parseConfig } from '../../server/config.ts';
import type { BmcReading } from '../../server/ingest/contract.ts';
import { type Serving, serve } from '../../server/serve.ts';
import type { Topology } from '../../twin/index.ts';
import { topologyFrom } from './inventories.ts';

const RACK = {
  id: '{row}-k{n}',
  count: 2,
  class: 'rack-air-44kw',
  pdus: [
    { id: '{rack}-pdu-a', feed: 'A', class: 'pdu-100a-415v' },
    { id: '{rack}-pdu-b', feed: 'B', class: 'pdu-100a-415v' },
  ],
  tors: [{ id: '{rack}-tor', class: 'tor-64x400g' }],
  hosts: [
    {
      id: '{rack}-n{n}',
      count: 2,
      class: 'dgx-h100',
      aliases: { nodeName: '{host}', ip: '10.0.{rack.n}.{n}', bmcAddress: '10.1.{rack.n}.{n}' },
    },
  ],
};

/** @param racks how many; changing it makes another inventory of the same site. */
export const smallInventory = (racks = 2) => ({
  apiVersion: 'orrery/v1',
  kind: 'Inventory',
  metadata: { name: 'small' },
  site: {
    id: 's1',
    title: 'Small site',
    utilityFeeds: [{ id: 'grid-a', feed: 'A', class: 'utility-10mw' }],
    halls: [
      {
        id: 'h1',
        upses: [
          { id: 'ups-a', feed: 'A', class: 'ups-1mw' },
          { id: 'ups-b', feed: 'B', class: 'ups-1mw' },
        ],
        rows: [{ id: 'r1', racks: [{ ...RACK, count: racks }] }],
      },
    ],
  },
  power: [
    { kind: 'ups', to: '*', from: 'grid-a' },
    { kind: 'pdu', to: '*', from: 'ups-{feed}' },
  ],
});

export const smallTopology = (racks = 2): Topology => topologyFrom(smallInventory(racks));

/** @throws Error with the problems when the parts make no configuration. */
export function configWith(parts: Record<string, unknown> = {}): Config {
  const { http, ...rest } = parts;
  const parsed = parseConfig({
    apiVersion: 'orrery/v1',
    kind: 'Config',
    logLevel: 'silent',
    // Tests tick themselves.
    tickS: 60,
    http: { port: 0, ...(http as object) },
    ...rest,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

export interface SmallService extends Serving {
  /** The clock of the service; it stands still until a test moves it. */
  readonly clock: { nowMs: number; now(): number; readonly speed: number };
  /** Readings of one host, now. */
  read(host: string, readings: readonly Omit<BmcReading, 'atMs'>[]): void;
  /** Power of a host by its BMC, W. */
  power(host: string, value: number): void;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: string, headers?: Record<string, string>): Promise<Response>;
  put(path: string, body: string): Promise<Response>;
}

export const START_MS = Date.parse('2026-03-01T12:00:00Z');

export interface SmallOptions {
  readonly config?: Record<string, unknown>;
  readonly racks?: number;
  readonly logTo?: pino.DestinationStream;
  readonly lagMs?: () => number;
}

export async function startSmallService(options: SmallOptions = {}): Promise<SmallService> {
  const clock = { nowMs: START_MS, now: () => clock.nowMs, speed: 1 };
  const serving = await serve({
    topology: smallTopology(options.racks),
    config: configWith(options.config),
    clock,
    version: '0.0.0-test',
    // How busy the machine of the test is must not shed its samples.
    lagMs: options.lagMs ?? (() => 0),
    log: options.logTo ? pino({ level: 'debug' }, options.logTo) : pino({ level: 'silent' }),
  });
  const { url, service } = serving;
  const read: SmallService['read'] = (host, readings) => {
    const dated = readings.map(reading => ({ ...reading, atMs: clock.nowMs }));
    service.ingest.port.readings('test', host, dated);
  };
  return {
    ...serving,
    clock,
    read,
    power: (host, value) => read(host, [{ kind: 'host', signal: 'bmcPowerW', value }]),
    get: (path, headers = {}) => fetch(`${url}${path}`, { headers }),
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      }),
    put: (path, body) =>
      fetch(`${url}${path}`, {
        method: 'PUT',
        body,
        headers: { 'content-type': 'application/json' },
      }),
  };
}
