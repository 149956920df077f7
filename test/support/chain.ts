/**
 * The chain that an operator would build, of real programs on loopback: exporters, a simulated BMC,
 * Prometheus that finds them through Orrery and writes to it, VictoriaMetrics, Alertmanager; and one
 * Orrery for each way in.
 */
import { existsSync, readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { loadTopology } from '../../server/cli/load.ts';
import { type Config, parseConfig } from '../../server/config.ts';
import { type Serving, serve } from '../../server/serve.ts';
import { dcgmPage, type PageServer, servePages } from './dcgm-pages.ts';
import { type IpmiSim, startIpmiSim } from './ipmi-sim.ts';
import {
  type Partner,
  startAlertmanager,
  startIpmiExporter,
  startNodeExporter,
  startVictoriaMetrics,
} from './partner-servers.ts';
import { type PrometheusServer, startPrometheus } from './prometheus-server.ts';

const INVENTORY = new URL('../fixtures/inventory/chain.yaml', import.meta.url).pathname;
const CAPTURED = new URL(
  '../../../shared/data/exporters/dcgm_exporter/aicr-h100x8-eks.prom',
  import.meta.url,
).pathname;

/** Where the exporters of each host listen, as the inventory says; the last is in no inventory. */
export const ADDRESSES = { 'gpu-a': '127.0.0.11', 'gpu-b': '127.0.0.12', stray: '127.0.0.13' };

export const PROGRAMS = [
  ...['prometheus', 'prometheus-alertmanager', 'victoria-metrics', 'prometheus-node-exporter'],
  ...['prometheus-ipmi-exporter', 'ipmi_sim'],
];

/** How far the written-to Orrery's clock is behind at first, so that a minute can pass at once. */
const BEHIND_MS = 70_000;

export interface Chain {
  readonly dcgm: PageServer;
  readonly bmc: IpmiSim;
  readonly nodeExporter: Partner;
  readonly prometheus: PrometheusServer;
  readonly alertmanager: Partner;
  /** Gets its values by remote-write, and judges them. */
  readonly written: Serving;
  /** Ask Prometheus, ask VictoriaMetrics, and scrape the exporters themselves. */
  readonly polled: Serving;
  readonly polledVictoria: Serving;
  readonly scraping: Serving;
  /** Puts the clock of `written` right: more than a minute has passed for it. */
  letAMinutePass(): void;
  stop(): Promise<void>;
}

export async function startChain(): Promise<Chain> {
  const stops: (() => Promise<void>)[] = [];
  const started = <T extends { stop(): Promise<void> }>(part: T): T => {
    stops.unshift(() => part.stop());
    return part;
  };
  const stop = async () => {
    for (const each of stops) await each();
  };
  try {
    const dcgm = await servePages(pages());
    stops.unshift(async () => dcgm.close());
    const bmc = started(await startIpmiSim({ inlet: 24, fan1: 84, psu1: 130, gpu1: 61, power: 1 }));
    const [nodeExporter, ipmiExporter, alertmanager, victoria] = await Promise.all([
      startNodeExporter(ADDRESSES['gpu-a']).then(started),
      startIpmiExporter().then(started),
      startAlertmanager().then(started),
      startVictoriaMetrics().then(started),
    ]);
    const late = lateClock();
    const alerting = { alertmanager: { urls: [alertmanager.url] }, ingest: { maxAheadS: 120 } };
    const written = started(await orrery(alerting, late));
    const ports = {
      ...{ dcgm: dcgm.port, node: nodeExporter.port },
      ...{ bmc: bmc.port, ipmi: ipmiExporter.port },
    };
    const scrapes = prometheusConfig({ orrery: written.url, victoria: victoria.url, ...ports });
    const prometheus = started(await startPrometheus({ 'prometheus.yml': stringify(scrapes) }));
    const ask = (url: string) => ({ id: 'api', kind: 'prometheus', url, intervalS: 1 });
    const polled = started(await orrery({ sources: [ask(prometheus.url)] }));
    const polledVictoria = started(await orrery({ sources: [ask(victoria.url)] }));
    const scraping = started(await orrery({ sources: scrapeSources(ports) }));
    return {
      ...{ dcgm, bmc, nodeExporter, prometheus, alertmanager, written, polled, polledVictoria },
      ...{ scraping, letAMinutePass: late.catchUp, stop },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A page made here, one of a real machine where the captures are, and one of a host unheard of. */
function pages(): Record<string, string> {
  const gpus = Array.from({ length: 8 }, (_, i) => ({ powerW: 300.5 + 10 * i, tempC: 50 + i }));
  const other = existsSync(CAPTURED)
    ? readFileSync(CAPTURED, 'utf8')
    : dcgmPage('gpu-node-1', gpus.slice().reverse());
  return {
    [ADDRESSES['gpu-a']]: dcgmPage('gpu-a', gpus),
    [ADDRESSES['gpu-b']]: other,
    [ADDRESSES.stray]: dcgmPage('gpu-aa', gpus.slice(0, 1)),
  };
}

function lateClock() {
  let behindMs = BEHIND_MS;
  return {
    now: () => Date.now() - behindMs,
    speed: 1,
    catchUp: () => {
      behindMs = 0;
    },
  };
}

async function orrery(
  settings: object,
  clock = { now: Date.now, speed: 1 } as { now(): number; speed: number },
): Promise<Serving> {
  const parsed = parseConfig({
    ...{ apiVersion: 'orrery/v1', kind: 'Config', logLevel: 'silent', tickS: 0.5 },
    ...{ http: { port: 0 }, ...settings },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const config: Config = parsed.value;
  return serve({ topology: loadTopology(INVENTORY), config, clock, version: 'test' });
}

interface Ports {
  readonly dcgm: number;
  readonly node: number;
  readonly bmc: number;
  readonly ipmi: number;
}

/** Targets come from Orrery, except the host that it has never heard of. */
function prometheusConfig(of: Ports & { readonly orrery: string; readonly victoria: string }) {
  const discover = (query: string) => [{ url: `${of.orrery}/sd?${query}`, refresh_interval: '1s' }];
  const quick = { batch_send_deadline: '1s' };
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'dcgm',
        http_sd_configs: discover(`port=${of.dcgm}`),
        static_configs: [{ targets: [`${ADDRESSES.stray}:${of.dcgm}`] }],
      },
      { job_name: 'node', http_sd_configs: discover(`port=${of.node}`) },
      {
        job_name: 'ipmi',
        metrics_path: '/ipmi',
        params: { module: ['default'] },
        http_sd_configs: discover(`port=${of.bmc}&alias=bmcAddress`),
        relabel_configs: [
          { source_labels: ['__address__'], target_label: '__param_target' },
          { source_labels: ['__address__'], target_label: 'instance' },
          { target_label: '__address__', replacement: `127.0.0.1:${of.ipmi}` },
        ],
      },
    ],
    remote_write: [
      { url: `${of.orrery}/api/v1/write`, queue_config: quick },
      { url: `${of.victoria}/api/v1/write`, queue_config: quick },
    ],
  };
}

function scrapeSources(of: Ports) {
  const page = (id: string, url: string) => ({ id, kind: 'scrape', url, intervalS: 1 });
  const bmc = `127.0.0.1:${of.bmc}`;
  return [
    page('dcgm-a', `http://${ADDRESSES['gpu-a']}:${of.dcgm}/metrics`),
    page('dcgm-b', `http://${ADDRESSES['gpu-b']}:${of.dcgm}/metrics`),
    page('node-a', `http://${ADDRESSES['gpu-a']}:${of.node}/metrics`),
    {
      ...page('bmc-a', `http://127.0.0.1:${of.ipmi}/ipmi?target=${bmc}&module=default`),
      labels: { instance: bmc },
    },
  ];
}
