/** The configuration document: `kind: Config`. One schema for validation, defaults and JSON Schema. */
import { z } from 'zod';
import { type Parsed, problemsIn } from '../twin/index.ts';
import { agreementConfig } from './agreement/config.ts';
import { alertmanagerConfig } from './alerts/alertmanager.ts';
import { calibrationConfig } from './calibration/config.ts';
import { forecastConfig } from './forecast/config.ts';
import { forwardInfluxConfig } from './forward/influx-wire.ts';
import { remoteWriteConfig } from './forward/remote-write-wire.ts';
import { ipmitoolSourceConfig } from './ingest/ipmi/config.ts';
import { prometheusSourceConfig } from './ingest/poll/prometheus.ts';
import { scrapeSourceConfig } from './ingest/poll/scrape.ts';
import { redfishSourceConfig } from './ingest/redfish/config.ts';
import { metricsConfig } from './metrics/config.ts';
import { promqlConfig } from './promql/config.ts';
import { storageConfig } from './recovery/config.ts';
import { tokenConfig } from './security/access.ts';

const http = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on; loopback unless set.'),
  port: z.int().min(0).max(65_535).default(9595).describe('0: any that is free.'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where people reach the service: for links in alerts. Host name and port if absent.'),
  tls: z
    .strictObject({
      certFile: z.string().describe('PEM file of our certificate.'),
      keyFile: z.string().describe('PEM file of its key.'),
      caFile: z.string().optional().describe('PEM file of the authority of the clients.'),
    })
    .optional()
    .describe('Serve HTTPS; with caFile clients must present a certificate.'),
  trustProxy: z
    .union([z.literal(false), z.int().min(1), z.string()])
    .default(false)
    .describe('Proxies before us: how many, or their addresses. They say who the client is.'),
  allowedHosts: z
    .array(z.string().toLowerCase())
    .default([])
    .describe(
      'Without tokens: names, beside localhost, under which a proxy on this host serves us.',
    ),
  maxBodyBytes: z
    .int()
    .min(1024)
    .default(16 * 1024 * 1024)
    .describe('Largest request, decompressed; remote-write has a bound of its own.'),
  requestsPerMinute: z
    .int()
    .min(1)
    .default(3000)
    .describe(
      'For each client address; an open page asks about 30. ' +
        'Behind a proxy set `trustProxy`, or all share one address.',
    ),
  requestTimeoutS: z
    .number()
    .min(1)
    .max(3600)
    .default(60)
    .describe('A request must have arrived whole by then; its headers within 15 s.'),
  maxLiveClients: z.int().min(1).default(2000).describe('Connections to the live channel.'),
  tokens: z.array(tokenConfig).default([]).describe('Who may do what; without any, loopback only.'),
});

const ingest = z.strictObject({
  maxSeries: z.int().min(1).default(2_000_000).describe('Series known at once; more are dropped.'),
  maxLabels: z.int().min(1).default(64).describe('Labels of one series.'),
  maxLabelBytes: z.int().min(16).default(4096).describe('Name and value of one label.'),
  maxRequestBytes: z
    .int()
    .min(1024)
    .default(32 * 1024 * 1024)
    .describe('Largest remote-write request, decompressed.'),
  maxAheadS: z.number().min(0).default(60).describe('How far ahead of our clock a sample may be.'),
});

const influx = z.strictObject({
  url: z.url().describe('`http://user:password@host:8086`.'),
  database: z.string().default('orrery').describe('Database for forecasts.'),
});

export const configSchema = z
  .strictObject({
    apiVersion: z.literal('orrery/v1'),
    kind: z.literal('Config'),
    http: http.prefault({}),
    tickS: z
      .number()
      .min(0.1)
      .max(60)
      .default(0.25)
      .describe('Seconds between two workings-out; more where one takes long.'),
    ingest: ingest.prefault({}),
    sources: z
      .array(
        z.discriminatedUnion('kind', [
          scrapeSourceConfig,
          prometheusSourceConfig,
          redfishSourceConfig,
          ipmitoolSourceConfig,
        ]),
      )
      .default([]),
    alertmanager: alertmanagerConfig.optional(),
    storage: storageConfig.prefault({}),
    influx: influx.optional(),
    forwardInflux: z.array(forwardInfluxConfig).default([]),
    remoteWrite: z.array(remoteWriteConfig).default([]),
    forecast: forecastConfig.prefault({}),
    calibration: calibrationConfig.prefault({}),
    agreement: agreementConfig.prefault({}),
    promql: promqlConfig.prefault({}),
    metrics: metricsConfig.prefault({}),
    logLevel: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('The least that is logged, as JSON on standard error.'),
  })
  .meta({ id: 'Config', title: 'Orrery configuration' });

export type Config = z.output<typeof configSchema>;
export type SourceConfig = Config['sources'][number];

export const DEFAULT_CONFIG: Config = configSchema.parse({
  apiVersion: 'orrery/v1',
  kind: 'Config',
});

/** Also checks what a schema cannot say: unique names, and no open door without a lock. */
export function parseConfig(document: unknown): Parsed<Config> {
  const result = configSchema.safeParse(document);
  if (!result.success) return { ok: false, problems: problemsIn(configSchema, result.error) };
  const { sources, http, forwardInflux, remoteWrite } = result.data;
  const problems = [
    ...repeated(sources, 'id', ['sources']),
    ...repeated(forwardInflux, 'id', ['forwardInflux']),
    ...repeated(remoteWrite, 'id', ['remoteWrite']),
    ...repeated(http.tokens, 'name', ['http', 'tokens']),
    ...openDoor(result.data),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: result.data };
}

function repeated<K extends string>(rows: readonly Record<K, string>[], key: K, at: string[]) {
  return rows.flatMap((row, i) =>
    rows.findIndex(other => other[key] === row[key]) < i
      ? [{ path: [...at, i, key], message: `'${row[key]}' is used twice` }]
      : [],
  );
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

function openDoor({ http: { host, tokens } }: Config) {
  if (LOOPBACK.test(host) || tokens.length > 0) return [];
  const message = `listening on ${host} needs http.tokens: without them everyone is admin`;
  return [{ path: ['http', 'host'], message }];
}
