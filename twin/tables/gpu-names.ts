/** GPU classes by the names that tools print: `NVIDIA H100 80GB HBM3`, `Tesla V100-SXM2-32GB`. */
import type { HardwareClass } from './catalogue.ts';
import { CLASSES } from './classes.ts';

/** What a name says; empty or zero where it is silent. */
interface NameParts {
  readonly models: readonly string[];
  /** Words that make another card of the same number: `ada`, `ti`, `laptop`. */
  readonly variant: string;
  /** `sxm`, `pcie`, `nvl`, and what follows it: `4` of SXM4. */
  readonly form: string;
  readonly formVersion: string;
  readonly memoryGb: number;
}

/** Names in circulation differ by what is rounded: a B200 is sold with 180, 186 and 192 GB. */
const MEMORY_TOLERANCE = 0.1;

const FORMS = /^(sxm|pcie|nvl|pg|cnx|hgx|fhhl)(\d*)$/;
const MODEL = /^(?:(?:gb|gh|rtx|mi|[abhltvp])\d{1,4}[a-z]?)$/;
/** `3e` is the H20 with more memory, `h` the V100-SXM3 with a higher cap. */
const VARIANTS = /^(?:ada|pro|sff|ti|super|laptop|workstation|max|mobile|d|h|3e)$/;
/** Modules of these exist as X only, and tools leave it out: `AMD_Instinct_MI325_OAM`. */
const ALWAYS_X = /^mi3(?:25|50|55)$/;

const CLASSES_WITH_PARTS = CLASSES.filter(row => row.kind === 'gpu').map(row => ({
  row,
  parts: partsOf(row.id),
}));

/**
 * The class a name means. Vendor words, case, separators and trailing words do not matter; a form
 * (SXM, PCIe), memory or variant (Ada, Laptop) that contradicts every class of that model gives
 * undefined, because another card has other limits. A bare model means the first class of it in the
 * catalogue; of two models in a name (`MI250X / MI250`) the first that is known counts.
 */
export function gpuClassNamed(name: string): HardwareClass | undefined {
  const { models, ...asked } = partsOf(name);
  for (const model of models) {
    const known = CLASSES_WITH_PARTS.find(
      ({ parts }) => parts.models[0] === model && fits(asked, parts),
    );
    if (known) return known.row;
  }
  return undefined;
}

/** What a GPU says of itself, against the class that the inventory gives it. */
export const MODEL_VERDICTS = [
  /** Another model: figures and limits are those of a card that is not there. */
  'differs',
  /** A model that the catalogue lacks: figures are those of the inventory's class all the same. */
  'unknownModel',
  /** The inventory gives no class: no figures, and nothing is placed there. */
  'noClass',
  /** The inventory describes a class of its own, which is taken at its word. */
  'ownClass',
  'unreported',
  'agrees',
] as const;
export type ModelVerdict = (typeof MODEL_VERDICTS)[number];

/**
 * @param reported name that a tool prints; undefined where none does
 * @param declared class of the inventory, of the catalogue or its own
 */
export function modelVerdict(
  reported: string | undefined,
  declared: HardwareClass | undefined,
): ModelVerdict {
  if (!declared) return 'noClass';
  if (reported === undefined) return 'unreported';
  // A class that extends one of the catalogue keeps its title.
  const { title } = declared;
  const meant = CLASSES_WITH_PARTS.find(({ row }) => row.id === declared.id || row.title === title);
  if (!meant) return 'ownClass';
  const { models, ...asked } = partsOf(reported);
  // A bare name fits every form of its model.
  if (models.includes(meant.parts.models[0]) && fits(asked, meant.parts)) return 'agrees';
  return gpuClassNamed(reported) ? 'differs' : 'unknownModel';
}

/** Models the catalogue knows, to be named in a refusal. */
export const knownGpuNames: readonly string[] = CLASSES_WITH_PARTS.map(({ row }) => row.id);

function partsOf(name: string): NameParts {
  const words = name
    .toLowerCase()
    // What follows is a slice of the card, with a memory of its own.
    .replace(/\bmig\b.*$/, '')
    .replace(/(\d)\s*gi?b\b/g, '$1gb')
    .replace(/\brtx[^a-z0-9]+(pro[^a-z0-9]+)?(?=\d{4})/, '$1rtx')
    .split(/[^a-z0-9]+/);
  const form = words.map(word => FORMS.exec(word)).find(match => match !== null);
  const memory = words.map(word => /^(\d+)gb$/.exec(word)).find(match => match !== null);
  const models = words.filter(word => MODEL.test(word));
  // NVL72 behind a superchip counts the GPUs of its rack; behind a card it is a form of the card.
  const isRack = (models[0] ?? '').startsWith('gb') && form?.[1] === 'nvl';
  return {
    models: models.map(model => (ALWAYS_X.test(model) ? `${model}x` : model)),
    variant: words.filter(word => VARIANTS.test(word)).join('-'),
    form: isRack ? '' : form?.[1] === 'hgx' ? 'sxm' : (form?.[1] ?? ''),
    formVersion: isRack ? '' : (form?.[2] ?? ''),
    memoryGb: memory ? Number(memory[1]) : 0,
  };
}

function fits(asked: Omit<NameParts, 'models'>, known: NameParts): boolean {
  if (asked.variant !== known.variant) return false;
  if (asked.form !== '' && known.form !== '' && asked.form !== known.form) return false;
  // Cards without a form in their id (L40S, MI300X) exist in one form only, and an NVL is another.
  if (asked.form === 'nvl' && known.form !== 'nvl') return false;
  const versions = [asked.formVersion, known.formVersion];
  if (!versions.includes('') && versions[0] !== versions[1]) return false;
  if (asked.memoryGb === 0 || known.memoryGb === 0) return true;
  return Math.abs(asked.memoryGb - known.memoryGb) <= MEMORY_TOLERANCE * known.memoryGb;
}
