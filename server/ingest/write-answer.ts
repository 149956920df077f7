/**
 * What a remote-write request asks for by its headers, and what it is answered.
 * Sources: the remote write specifications 1.0 and 2.0-rc.4.
 */
import type { Reason } from './counters.ts';

export type WriteVersion = 1 | 2;

export interface WriteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** For people; empty on success, as the specification asks. */
  readonly message: string;
}

/** Request headers by lower-case name, as Node gives them. */
export type WriteHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const MEDIA_TYPE = 'application/x-protobuf';
const MESSAGES: Readonly<Record<string, WriteVersion>> = {
  'prometheus.WriteRequest': 1,
  'io.prometheus.write.v2.Request': 2,
};

/** Samples of a request that were not taken although they should have been: 400, never retried. */
export const REJECTIONS = [
  'badLabels',
  'labelTooLong',
  'tooManyLabels',
  'seriesLimit',
  'future',
  'tooOld',
  'nativeHistogram',
  'malformed',
] as const satisfies readonly Reason[];

/**
 * Which message the body is. Only the content type decides; a request without one is 1.0, since
 * early senders sent none, and `X-Prometheus-Remote-Write-Version` is for people.
 *
 * @returns the version, or the answer 415
 */
export function negotiate(headers: WriteHeaders): WriteVersion | WriteAnswer {
  const encoding = first(headers['content-encoding'])?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'snappy') {
    return unsupported(`Content-Encoding '${encoding}': send 'snappy' (block format)`);
  }
  const contentType = first(headers['content-type']);
  if (contentType === undefined || contentType.trim() === '') return 1;
  const [mediaType, ...parameters] = contentType.split(';').map(part => part.trim());
  if (mediaType.toLowerCase() !== MEDIA_TYPE) {
    return unsupported(`Content-Type '${mediaType}': send '${MEDIA_TYPE}'`);
  }
  const parameter = parameters.find(each => each.toLowerCase().startsWith('proto='));
  if (parameter === undefined) return 1;
  const message = parameter.slice('proto='.length).replace(/^"(.*)"$/, '$1');
  const known = Object.keys(MESSAGES);
  if (!known.includes(message)) {
    return unsupported(`message '${message}': send one of ${known.join(', ')}`);
  }
  return MESSAGES[message];
}

const first = (value: string | readonly string[] | undefined) =>
  typeof value === 'string' ? value : value?.[0];

export function answer(status: number, message: string, headers = {}): WriteAnswer {
  return { status, headers, message };
}

const unsupported = (message: string) => answer(415, `unsupported ${message}`);

/** Nothing can be taken now, whatever it is: the sender may come again after so many seconds. */
export const unavailable = (why: string, afterS: number) =>
  answer(503, why, { 'Retry-After': String(Math.ceil(afterS)) });

/** Too much at once: the sender may come again after so many seconds. */
export const overloaded = (afterS: number) =>
  answer(429, 'overloaded: send again later', { 'Retry-After': String(Math.ceil(afterS)) });

interface Written {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

/** Version 2.0 obliges the receiver to say what it took, on success and on failure. */
export const writtenHeaders = ({ samples, histograms, exemplars }: Written) => ({
  'X-Prometheus-Remote-Write-Samples-Written': String(samples),
  'X-Prometheus-Remote-Write-Histograms-Written': String(histograms),
  'X-Prometheus-Remote-Write-Exemplars-Written': String(exemplars),
});
