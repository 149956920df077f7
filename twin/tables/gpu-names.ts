/** GPU classes by the names that tools print: `NVIDIA H100 80GB HBM3`, `Tesla V100-SXM2-32GB`. */
import type { HardwareClass } from './catalogue.ts';
import { GPU_CLASSES } from './classes/gpus.ts';
import { EARLIER_GPU_CLASSES } from './classes/gpus-earlier.ts';

/** What a name says; empty or zero where it is silent. */
interface NameParts {
  readonly model: string;
  /** `sxm`, `pcie`, `nvl`, and what follows it: `4` of SXM4. */
  readonly form: string;
  readonly formVersion: string;
  readonly memoryGb: number;
}

/** Names in circulation differ by what is rounded: a B200 is sold with 180, 186 and 192 GB. */
const MEMORY_TOLERANCE = 0.1;

const FORMS = /^(sxm|pcie|nvl|pg|cnx|hgx)(\d*)$/;
const MODEL = /^(?:(?:gb|gh|rtx|mi|[abhltvp])\d{1,4}[a-z]?)$/;

const CLASSES_WITH_PARTS = [...GPU_CLASSES, ...EARLIER_GPU_CLASSES].map(row => ({
  row,
  parts: partsOf(row.id),
}));

/**
 * The class a name means. Vendor words, case, separators and trailing words do not matter; a form
 * (SXM, PCIe) or memory that contradicts every class of that model gives undefined, because a card
 * of another form has other limits. A bare model means the first class of it in the catalogue.
 */
export function gpuClassNamed(name: string): HardwareClass | undefined {
  const asked = partsOf(name);
  if (asked.model === '') return undefined;
  return CLASSES_WITH_PARTS.find(({ parts }) => fits(asked, parts))?.row;
}

/** Models the catalogue knows, to be named in a refusal. */
export const knownGpuNames: readonly string[] = CLASSES_WITH_PARTS.map(({ row }) => row.id);

function partsOf(name: string): NameParts {
  const words = name
    .toLowerCase()
    // What follows is a slice of the card, with a memory of its own.
    .replace(/\bmig\b.*$/, '')
    .replace(/(\d)\s*gi?b\b/g, '$1gb')
    .split(/[^a-z0-9]+/);
  const form = words.map(word => FORMS.exec(word)).find(match => match !== null);
  const memory = words.map(word => /^(\d+)gb$/.exec(word)).find(match => match !== null);
  const model = words.find(word => MODEL.test(word)) ?? '';
  // NVL72 behind a superchip counts the GPUs of its rack; behind a card it is a form of the card.
  const isRack = model.startsWith('gb') && form?.[1] === 'nvl';
  return {
    model,
    form: isRack ? '' : form?.[1] === 'hgx' ? 'sxm' : (form?.[1] ?? ''),
    formVersion: isRack ? '' : (form?.[2] ?? ''),
    memoryGb: memory ? Number(memory[1]) : 0,
  };
}

function fits(asked: NameParts, known: NameParts): boolean {
  if (asked.model !== known.model) return false;
  if (asked.form !== '' && known.form !== '' && asked.form !== known.form) return false;
  // Cards without a form in their id (L40S, MI300X) exist in one form only, and an NVL is another.
  if (asked.form === 'nvl' && known.form !== 'nvl') return false;
  const versions = [asked.formVersion, known.formVersion];
  if (!versions.includes('') && versions[0] !== versions[1]) return false;
  if (asked.memoryGb === 0 || known.memoryGb === 0) return true;
  return Math.abs(asked.memoryGb - known.memoryGb) <= MEMORY_TOLERANCE * known.memoryGb;
}
