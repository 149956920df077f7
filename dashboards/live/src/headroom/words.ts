/** The headroom answer in sentences: what binds, where, by which numbers. */
import { PLANE_LOADS } from '../../../../twin/index.ts';
import { formatValue, ratioText } from '../format.ts';

export interface ChainLink {
  readonly id: string;
  readonly kind: string;
  readonly share?: number;
  readonly load: number | null;
  readonly limit: number | null;
  readonly headroom: number | null;
}

export interface PlaneHeadroom {
  readonly unit?: string;
  readonly load?: number | null;
  readonly limit?: number | null;
  readonly headroom: number | null;
  readonly headroomN1?: number | null;
  readonly binding?: ChainLink | null;
  readonly chain?: readonly ChainLink[];
  readonly n1?: {
    /** What is lost; null when no single loss makes it worse. */
    readonly loss: string | null;
    /** Layer that binds after the loss, with the load it would have then. */
    readonly binding: ChainLink | null;
    readonly chain?: readonly ChainLink[];
  } | null;
}

export type PlaneName = 'power' | 'cooling' | 'network';

const KIND_WORDS: Readonly<Record<string, string>> = {
  ups: 'UPS',
  pdu: 'PDU',
  sts: 'STS',
  crah: 'CRAH',
  cdu: 'CDU',
  tor: 'TOR switch',
  eor: 'EOR switch',
  spine: 'spine switch',
  gpu: 'GPU',
  psu: 'PSU',
  bmc: 'BMC',
  nic: 'NIC',
  utilityFeed: 'utility feed',
};

export const kindWord = (kind: string) => KIND_WORDS[kind] ?? kind;

/** `feed r1-k03-B`: the kind in words, unless the id already begins with it. */
export function named(kind: string | undefined, id: string): string {
  const word = KIND_WORDS[kind ?? ''] ?? kind ?? '';
  return word && !id.toLowerCase().startsWith(word.toLowerCase()) ? `${word} ${id}` : id;
}

export function amount(plane: PlaneName, value: number | null | undefined): string {
  if (value === null || value === undefined) return 'an unknown amount';
  const shown = formatValue(PLANE_LOADS[plane], value);
  return shown.unit ? `${shown.text} ${shown.unit}` : shown.text;
}

/** What binds now. Empty when the plane says nothing about this entity. */
export function bindingSentence(id: string, plane: PlaneName, answer: PlaneHeadroom): string {
  const { binding, headroom } = answer;
  if (headroom === null || headroom === undefined) {
    return `No ${plane} limit is known above ${id}.`;
  }
  const left =
    headroom >= 0
      ? `${id} can take ${amount(plane, headroom)} more.`
      : `${id} is ${amount(plane, -headroom)} beyond what its supply allows.`;
  if (!binding || binding.limit === null) return left;
  const where = binding.id === id ? 'Its own limit' : asSubject(binding.kind, binding.id);
  const used = binding.load === null ? '' : `, ${ratioText(binding.load / binding.limit)} used`;
  return `${left} ${where} binds: ${amount(plane, binding.load)} of ${amount(
    plane,
    binding.limit,
  )}${used}.`;
}

/** What the worst single loss would do; undefined when nothing is known of losses here. */
export function lossSentence(answer: PlaneHeadroom): string | undefined {
  const { n1 } = answer;
  if (!n1) return undefined;
  if (n1.loss === null) return 'No single loss makes it worse.';
  const links = [...(n1.chain ?? []), ...(answer.chain ?? [])];
  const lost = named(links.find(one => one.id === n1.loss)?.kind, n1.loss);
  const link = n1.binding;
  if (!link?.limit || link.load === null) return `No limit is known after loss of ${lost}.`;
  const at = asSubject(link.kind, link.id);
  return `${at} would be at ${ratioText(link.load / link.limit)} after loss of ${lost}.`;
}

/** At the head of a sentence; an id stays as it is written everywhere else. */
function asSubject(kind: string | undefined, id: string): string {
  const text = named(kind, id);
  return text === id ? id : text.charAt(0).toUpperCase() + text.slice(1);
}
