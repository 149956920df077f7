/** Values of all signals at one kind, and the limits on them. */
import {
  KIND_INDEX,
  type Kind,
  kindsOf,
  limitMetricName,
  MISSING,
  metricName,
  readSignal,
  SIGNALS,
  TEXT_LABEL,
  thresholdOf,
  UNITS,
} from '../../twin/index.ts';
import { limitsOn } from '../limits-on.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Service } from '../service.ts';
import type { Places } from './places.ts';
import { label, labels, type Writer } from './writer.ts';

interface KindPage {
  readonly service: Service;
  readonly places: Places;
  readonly kind: Kind;
}

export function writeKind(writer: Writer, page: KindPage) {
  const { topology } = page.service.live.twin;
  const k = KIND_INDEX[page.kind];
  if (topology.kindStart[k] === topology.kindStart[k + 1]) return;
  const chosen = page.service.config.metrics.signals;
  SIGNALS.forEach((signal, index) => {
    if (!kindsOf(signal).includes(page.kind)) return;
    if (chosen && !chosen.includes(signal.id)) return;
    if (writer.isFull) writer.leaveOut(countOf(page, index));
    else if (writeValues(writer, page, index)) writeLimits(writer, page, index);
  });
}

const entitiesAt = ({ service, kind }: KindPage): readonly [first: number, end: number] => {
  const { kindStart } = service.live.twin.topology;
  return [kindStart[KIND_INDEX[kind]], kindStart[KIND_INDEX[kind] + 1]];
};

/** Series that a signal would have: a look at its quality is all that a full page can afford. */
function countOf(page: KindPage, signal: number): number {
  const { state } = page.service.live.twin;
  const [first, end] = entitiesAt(page);
  const cell = state.cellOf(signal, first);
  // Of what a plane works out there is one for each.
  if (cell < 0) return Number.isNaN(readSignal(state, signal, first).value) ? 0 : end - first;
  let count = 0;
  for (let at = cell; at < cell + end - first; at++) if (state.quality[at] !== MISSING) count++;
  return count;
}

/** @returns whether there was any. */
function writeValues(writer: Writer, page: KindPage, index: number): boolean {
  const { service, places, kind } = page;
  const signal = SIGNALS[index];
  const isText = signal.unit === 'Text';
  writer.family(metricName(kind, signal), signalHelp(signal));
  const [first, end] = entitiesAt(page);
  let isAny = false;
  for (let e = first; e < end; e++) {
    const { value, quality } = readSignal(service.live.twin.state, index, e);
    if (quality === MISSING || !Number.isFinite(value)) continue;
    isAny = true;
    if (isText)
      writer.sample(`${places.labelsOf(e)},${labels(textLabels(service.live, e, value))}`, 1);
    else writer.sample(places.labelsOf(e), value);
  }
  return isAny;
}

/** The text, and the class: versions are compared within a class. */
export function textLabels({ twin, texts }: LiveTwin, entity: number, value: number) {
  const { classes, classIndex } = twin.topology;
  const hardware = classes[classIndex[entity]];
  const text = [TEXT_LABEL, texts.textOf(value) ?? ''] as const;
  return hardware ? [text, ['class', hardware.id] as const] : [text];
}

export const signalHelp = ({ title, unit }: (typeof SIGNALS)[number]) =>
  UNITS[unit].symbol ? `${title} (${UNITS[unit].symbol})` : title;

export const limitsHelp = ({ title }: (typeof SIGNALS)[number]) => `Limits on: ${title}`;

/** One series a limit. */
function writeLimits(writer: Writer, page: KindPage, index: number) {
  const { service, places, kind } = page;
  const { topology, limits } = service.live.twin;
  const own = limitsOn(limits, KIND_INDEX[kind], index);
  if (own.length === 0) return;
  writer.family(limitMetricName(kind, SIGNALS[index]), limitsHelp(SIGNALS[index]));
  const [first, end] = entitiesAt(page);
  for (const limit of own) {
    for (let e = first; e < end; e++) {
      const value = thresholdOf(limit, topology, e);
      if (Number.isNaN(value)) continue;
      writer.sample(`${places.labelsOf(e)},${label('limit', limit.row.id)}`, value);
    }
  }
}
