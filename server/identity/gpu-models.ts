/** Which models GPUs report, against the classes of the inventory: counted, with examples. */
import {
  gpuClassNamed,
  KIND_INDEX,
  MISSING,
  MODEL_VERDICTS,
  type ModelVerdict,
  modelVerdict,
  signalIndex,
} from '../../twin/index.ts';
import type { LiveTwin } from '../live-twin.ts';

interface GpuModel {
  /** As its tools print it; null where nothing reports it. */
  readonly reported: string | null;
  /** Class of the inventory, whose figures and limits are used. */
  readonly class: string | null;
  /** Class of the catalogue that the reported name means. */
  readonly means: string | null;
  readonly verdict: ModelVerdict;
  readonly gpus: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

const EXAMPLES = 3;
const NONE = -1;
const MODEL = signalIndex('modelText');

interface Group {
  readonly text: number;
  readonly classIndex: number;
  gpus: number;
  readonly first: number[];
}

/** One row for each model and class that occur together, what needs a look first. */
export function gpuModels({ twin, texts }: LiveTwin): GpuModel[] {
  const { topology } = twin;
  const rows = groupsOf(twin).map(({ text, classIndex, gpus, first }) => {
    const reported = text === NONE ? undefined : texts.textOf(text);
    const declared = topology.classes[classIndex];
    return {
      reported: reported ?? null,
      class: declared?.id ?? null,
      means: (reported === undefined ? undefined : gpuClassNamed(reported)?.id) ?? null,
      verdict: modelVerdict(reported, declared),
      gpus,
      examples: first.map(gpu => topology.ids[gpu]),
    };
  });
  const rank = ({ verdict }: GpuModel) => MODEL_VERDICTS.indexOf(verdict);
  return rows.sort((a, b) => rank(a) - rank(b) || b.gpus - a.gpus);
}

function groupsOf({ topology, state }: LiveTwin['twin']): Group[] {
  const groups = new Map<number, Group>();
  const end = topology.kindStart[KIND_INDEX.gpu + 1];
  for (let gpu = topology.kindStart[KIND_INDEX.gpu]; gpu < end; gpu++) {
    const cell = state.cellOf(MODEL, gpu);
    const isReported = cell >= 0 && state.quality[cell] !== MISSING;
    const text = isReported ? state.valueAt(cell) : NONE;
    const classIndex = topology.classIndex[gpu];
    const key = (text + 1) * (topology.classes.length + 1) + classIndex + 1;
    const group = groups.get(key) ?? { text, classIndex, gpus: 0, first: [] };
    groups.set(key, group);
    group.gpus++;
    if (group.first.length < EXAMPLES) group.first.push(gpu);
  }
  return [...groups.values()];
}

/** GPUs by verdict, all verdicts, at 0 too. */
export function gpusByVerdict(models: readonly GpuModel[]): Readonly<Record<ModelVerdict, number>> {
  const counts = Object.fromEntries(MODEL_VERDICTS.map(verdict => [verdict, 0]));
  for (const { verdict, gpus } of models) counts[verdict] += gpus;
  return counts as Record<ModelVerdict, number>;
}

/** What an operator should look at, in a sentence; undefined where nothing is to be said. */
export function modelRemark({ reported, class: declared, means, verdict, gpus }: GpuModel) {
  const isOne = gpus === 1;
  const some = isOne ? 'a GPU' : `${gpus} GPUs`;
  const report = isOne ? 'reports' : 'report';
  if (verdict === 'differs') {
    const what = `${some} of class ${declared} ${report} ${reported}, which is ${means}`;
    return `${what}: figures are of ${declared}`;
  }
  if (verdict === 'unknownModel') {
    return `${some} ${report} ${reported}, which no class means: figures are of ${declared}`;
  }
  if (verdict !== 'noClass') return undefined;
  const model = reported === null ? '' : ` (${reported})`;
  const hint = means === null ? '' : `; class ${means} would fit`;
  return `${some}${model} ${isOne ? 'has' : 'have'} no class: no figures, and nothing is placed there${hint}`;
}
