/** Log entries of a BMC as events: each once, with the time it happened on our clock. */
import { happened, type LogOptions, remember } from '../bmc/log.ts';
import type { SourceEvent } from '../contract.ts';
import { canonical, type JsonObject, linkOf, objectsAt, textAt } from './json.ts';

/** BMCs whose clock was never set start near 1970 or at the firmware's build. */
const CLOCK_SET_AFTER_MS = Date.UTC(2005, 0, 1);
/** Pushed events that may still turn up in a log. */
const MAX_AWAITED = 1_000;
const PUSHED = 'pushed';

interface RedfishLogOptions extends LogOptions {
  /** Entries taken when a log is read for the first time. */
  readonly backlog: number;
}

interface Log {
  readonly seen: Set<string>;
  lastReadMs: number | undefined;
}

export interface LogReader {
  /** A page of a log. @returns entries that are only linked and have to be fetched */
  page(uri: string, body: JsonObject, nowMs: number): string[];
  /** An entry that was fetched by itself. */
  entry(uri: string, body: JsonObject, nowMs: number): void;
  /** An event that the BMC pushed; the log will hold it too, under another name. */
  pushed(body: JsonObject, nowMs: number): void;
}

export function createLogReader(options: RedfishLogOptions): LogReader {
  const logs = new Map<string, Log>();
  /** What was pushed and has not turned up in a log yet: text and second. */
  const awaited = new Set<string>();

  function logOf(key: string): Log {
    const known = logs.get(key);
    if (known) return known;
    const log: Log = { seen: new Set(), lastReadMs: undefined };
    logs.set(key, log);
    return log;
  }

  function page(uri: string, body: JsonObject, nowMs: number): string[] {
    const log = logOf(logKey(uri));
    const isFirst = log.lastReadMs === undefined;
    const members = objectsAt(body, 'Members');
    const inline = members.filter(isEntry).filter(entry => !log.seen.has(keyOf(entry)));
    const kept = isFirst ? newest(inline, options.backlog) : inline;
    if (inline.length > kept.length)
      options.drop('log entry beyond the backlog', inline.length - kept.length);
    for (const entry of inline) remember(log.seen, keyOf(entry));
    for (const entry of kept) emit(uri, entry, log, nowMs);
    const isWhole = !uri.includes('?') && body['Members@odata.nextLink'] === undefined;
    if (isWhole) forgetGone(log, members);
    const links = linked(members, log, isFirst);
    log.lastReadMs = nowMs;
    return links;
  }

  function linked(members: readonly JsonObject[], log: Log, isFirst: boolean): string[] {
    const uris = members
      .filter(member => !isEntry(member))
      .map(linkOf)
      .filter(uri => uri !== undefined && !log.seen.has(canonical(uri))) as string[];
    for (const uri of uris) remember(log.seen, canonical(uri));
    if (!isFirst || uris.length <= options.backlog) return uris;
    options.drop('log entry beyond the backlog', uris.length - options.backlog);
    return uris.sort((a, b) => natural.compare(b, a)).slice(0, options.backlog);
  }

  function entry(uri: string, body: JsonObject, nowMs: number): void {
    const log = logOf(logKey(uri));
    if (log.seen.has(keyOf(body))) return;
    remember(log.seen, keyOf(body));
    emit(uri.replace(/\/[^/]+\/?$/, ''), body, log, nowMs);
  }

  function emit(uri: string, body: JsonObject, log: Log, nowMs: number): void {
    const text = textAt(body, 'Message')?.trim() || textAt(body, 'MessageId');
    const when = timeOf(body, log, nowMs);
    if (!text || text === 'NULL' || !when) {
      options.drop(when ? 'log entry without text' : 'log entry without time', 1);
      return;
    }
    if (uri !== PUSHED && arrived(text, when.atMs)) return;
    const key = `${options.source}/${canonical(uri)}/${keyOf(body)}`;
    options.emit({
      ...{ source: options.source, entity: options.entity, key, text, ...when },
      severity: severityOf(body),
    });
  }

  /** Whether a log entry is an event that was pushed before; two clocks of a BMC may disagree. */
  function arrived(text: string, atMs: number): boolean {
    const second = Math.round(atMs / 1_000);
    return [second, second - 1, second + 1].some(at => awaited.delete(`${at}|${text}`));
  }

  function timeOf(body: JsonObject, log: Log, nowMs: number) {
    const ms = Date.parse(textAt(body, 'Created') ?? textAt(body, 'EventTimestamp') ?? '');
    const statedMs = ms > CLOCK_SET_AFTER_MS ? ms : undefined;
    return happened({ statedMs, lastReadMs: log.lastReadMs, nowMs }, options.clock());
  }

  function pushed(body: JsonObject, nowMs: number): void {
    const log = logOf(PUSHED);
    log.lastReadMs ??= nowMs;
    if (log.seen.has(keyOf(body))) return;
    remember(log.seen, keyOf(body));
    emit(PUSHED, body, log, nowMs);
    const when = timeOf(body, log, nowMs);
    const text = textAt(body, 'Message')?.trim();
    if (when && text && awaited.size < MAX_AWAITED)
      awaited.add(`${Math.round(when.atMs / 1_000)}|${text}`);
    log.lastReadMs = nowMs;
  }

  return { page, entry, pushed };
}

const natural = new Intl.Collator('en', { numeric: true });

/** `.../Entries` of an entry or of a page of entries. */
const logKey = (uri: string) => canonical(uri).replace(/(\/entries)[/?].*$/, '$1');

const isEntry = (member: JsonObject) => 'Created' in member || 'Message' in member;

function keyOf(entry: JsonObject): string {
  const parts = ['EventId', 'Id', 'Created', 'EventTimestamp', 'MessageId'];
  return parts.map(part => textAt(entry, part) ?? '').join('|');
}

/** A cleared log numbers anew: a path that was gone is another entry when it returns. */
function forgetGone(log: Log, members: readonly JsonObject[]): void {
  const listed = new Set(members.map(member => canonical(linkOf(member) ?? '')));
  for (const key of log.seen) if (key.startsWith('/') && !listed.has(key)) log.seen.delete(key);
}

function newest(entries: readonly JsonObject[], count: number): JsonObject[] {
  const timeOf = (entry: JsonObject) => textAt(entry, 'Created') ?? '';
  return [...entries].sort((a, b) => natural.compare(timeOf(b), timeOf(a))).slice(0, count);
}

function severityOf(body: JsonObject): SourceEvent['severity'] {
  const severity = textAt(body, 'Severity') ?? textAt(body, 'MessageSeverity');
  if (severity === 'Critical') return 'critical';
  return severity === 'Warning' ? 'warning' : 'info';
}
