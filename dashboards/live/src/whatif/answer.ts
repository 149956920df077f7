/** A what-if answer in words and marks. */
import { formatCount, formatNumber, plural } from '../format.ts';
import { amount, named, type PlaneName } from '../headroom/words.ts';
import type { AnswerPlane, Binding, Placement, WhatIfAnswer, WhatIfQuestion } from './types.ts';

export function verdictOf(question: WhatIfQuestion, answer: WhatIfAnswer): string {
  const { place, drain, fail, setpoint, cap } = question;
  const short = answer.shortOf ? `: ${SHORT[answer.shortOf] ?? answer.shortOf}` : '';
  if (place) {
    const gang = plural(place.gpus, 'GPU');
    const level = answer.topologyLevel
      ? ` in one ${LEVELS[answer.topologyLevel] ?? answer.topologyLevel}`
      : '';
    return answer.fits ? `${gang}: fits${level}` : `${gang}: does not fit${short}`;
  }
  if (drain) {
    const { host } = drain;
    return answer.fits ? `${host} can be drained` : `${host} cannot be drained${short}`;
  }
  const what = setpoint
    ? `${setpoint.entity} at ${formatNumber(setpoint.supplyTempC)} °C`
    : cap
      ? `${cap.under} at ${formatNumber(cap.gpuW)} W a GPU`
      : `Losing ${fail?.entity ?? 'it'}`;
  return answer.fits ? `${what}: everything holds` : `${what}: not everything holds`;
}

const SHORT: Readonly<Record<string, string>> = {
  gpus: 'too few free GPUs',
  unschedulable: 'too few hosts may be scheduled on',
  fragmentation: 'free GPUs are too scattered',
  power: 'too little power',
  cooling: 'too little cooling',
  redundancy: 'no loss of a supply could be borne',
};

const LEVELS: Readonly<Record<string, string>> = { island: 'NVLink island' };

/** Numbers of a plane; `gpus` are a count, not a power. */
export const amountOn = (plane: AnswerPlane, value: number | null) =>
  plane === 'gpus' ? plural(value ?? 0, 'GPU') : amount(plane satisfies PlaneName, value);

export function bindingSentence(binding: Binding): string {
  const { title, entity, kind, plane, load, loadAfter, value, loss } = binding;
  const at = named(kind, entity);
  if (plane === 'gpus') {
    const left = plural(value - load, 'GPU');
    return `${title} at ${at}: ${left}, ${formatCount(loadAfter - load)} asked for.`;
  }
  const after = loss ? ` after loss of ${loss}` : '';
  const now = amountOn(plane, load);
  const then = amountOn(plane, loadAfter);
  const limit = amountOn(plane, value);
  return `${title} at ${at} binds: ${now}${after} now, ${then} with this, limit ${limit}.`;
}

/** Text to mark each chosen rack by: how many GPUs would come to it. */
export function marksOf(where: readonly Placement[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const { rack, gpuCount } of where) {
    if (rack) counts.set(rack, (counts.get(rack) ?? 0) + gpuCount);
  }
  return new Map([...counts].map(([rack, count]) => [rack, `+${count}`]));
}

interface RackPart {
  readonly rack: string;
  readonly hosts: readonly Placement[];
  readonly gpus: number;
}

/** Where, rack by rack. */
export const byRack = (where: readonly Placement[]): RackPart[] =>
  [...Map.groupBy(where, one => one.rack ?? '')].map(([rack, hosts]) => ({
    rack,
    hosts,
    gpus: hosts.reduce((sum, one) => sum + one.gpuCount, 0),
  }));

/** What could be done instead, in a sentence; undefined when nothing can. */
export function insteadSentence({ instead }: WhatIfAnswer): string | undefined {
  if (!instead) return undefined;
  const under = instead.under ? `All of it would fit in ${instead.under}.` : '';
  const part =
    instead.gpus > 0 ? `${plural(instead.gpus, 'GPU')} of them could be placed here.` : '';
  return [under, part].filter(Boolean).join(' ') || undefined;
}
