/** A Prometheus remote-write receiver: Prometheus, VictoriaMetrics, Mimir, or another Orrery. */
import { z } from 'zod';
import { labelNameField, urlField } from '../config-fields.ts';
import { tlsField } from '../outgoing/agent.ts';
import { authFields } from '../outgoing/auth.ts';
import { createPoster, type Posted, retryAfterMs } from '../outgoing/post.ts';
import { encodeSnappy } from '../remote-write/snappy-encoder.ts';
import { choiceFields } from './choice.ts';
import type { Outcome, Wire } from './delivery.ts';
import { countAt } from './group.ts';
import { type Batch, samplesOf } from './queue.ts';
import { messagesV1, messagesV2 } from './write-message.ts';

/** What the sender itself says of a request. */
const OWN_HEADERS = /^(authorization|content-|user-agent$|x-prometheus-remote-write-|host$)/i;

export const remoteWriteConfig = z.strictObject({
  ...choiceFields,
  url: urlField.describe('`http://prometheus:9090/api/v1/write`, `http://mimir/api/v1/push`.'),
  ...authFields,
  tls: tlsField,
  headers: z
    .record(
      z.string().refine(name => !OWN_HEADERS.test(name), 'this header is not for you to set'),
      z.string(),
    )
    .default({})
    .describe('Headers for every request, such as X-Scope-OrgID of Mimir.'),
  measured: z
    .boolean()
    .default(false)
    .describe('Also values that a source measured at this very place, not only derived ones.'),
  externalLabels: z
    .record(
      labelNameField.refine(
        name => !name.startsWith('__'),
        'names that begin with __ belong to Prometheus',
      ),
      z.string().min(1),
    )
    .default({})
    .describe("Labels for every series; those of an entity's place win."),
  protocol: z
    .enum(['1.0', '2.0'])
    .default('1.0')
    .describe('Version of remote write; 2.0 goes back to 1.0 where the receiver does not know it.'),
  batchSamples: z.int().min(1).max(100_000).default(2000).describe('Samples in one request.'),
});
export type RemoteWriteConfig = z.output<typeof remoteWriteConfig>;

const HEADERS_V1 = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
};
const HEADERS_V2 = {
  ...HEADERS_V1,
  'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
  'x-prometheus-remote-write-version': '2.0.0',
};
const WRITTEN = 'x-prometheus-remote-write-samples-written';

/** @throws Error when a file of the TLS settings cannot be read. */
export function remoteWriteWire(config: RemoteWriteConfig, userAgent = 'orrery'): Wire {
  const external = Object.entries(config.externalLabels);
  const poster = createPoster(config);
  const v1 = messagesV1(external);
  const v2 = messagesV2(external);
  let isV2 = config.protocol === '2.0';

  async function send(batch: Batch): Promise<Outcome> {
    const headers = {
      ...config.headers,
      ...(isV2 ? HEADERS_V2 : HEADERS_V1),
      'user-agent': userAgent,
    };
    let answer: Posted;
    try {
      answer = await poster.post(encodeSnappy((isV2 ? v2 : v1)(batch)), headers);
    } catch (error) {
      return { is: 'later', error: (error as Error).message };
    }
    if (!isV2 || !isUnknownVersion(answer)) return outcomeOf(answer, batch);
    isV2 = false;
    return send(batch);
  }

  return { url: config.url, weigh: countAt, send, close: () => poster.close() };
}

/**
 * 415 is how a receiver should say it. An older one takes a message without anything it knows for
 * an empty one and is content; then it does not say how many samples it has written.
 */
const isUnknownVersion = ({ status, headers }: Posted) =>
  status === 415 || (status >= 200 && status < 300 && headers[WRITTEN] === undefined);

/** Only what may pass is tried again: no answer, 5xx, 429. The specification forbids other 4xx. */
function outcomeOf(answer: Posted, batch: Batch): Outcome {
  const { status, text, headers } = answer;
  const samples = samplesOf(batch);
  const written = headers[WRITTEN] === undefined ? undefined : Number(headers[WRITTEN]);
  if (status >= 200 && status < 300) {
    const refused = written === undefined ? 0 : Math.max(0, samples - written);
    return { is: 'taken', refused };
  }
  const error = status === 0 ? text : `HTTP ${status}${text === '' ? '' : `: ${text}`}`;
  if (status === 413) return { is: 'tooLarge', error };
  if (status === 0 || status === 429 || status >= 500) {
    const afterMs = retryAfterMs(headers['retry-after'], Date.now());
    return { is: 'later', error, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  return { is: 'taken', refused: samples - (written ?? 0), error };
}
