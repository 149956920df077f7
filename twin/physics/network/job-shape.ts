/** A job of dense layers: its work, its split over GPUs, and what it has to say to itself. */
import { JOB } from '../../tables/physics/jobs.ts';
import type { Workload } from '../../tables/physics/power.ts';
import type { StepCollective } from './iteration.ts';

/** What is known of a job; what is not follows from its class and its GPUs. */
export interface JobHints {
  readonly class: Workload;
  readonly parameters?: number;
  /** Of one step, over the whole job. */
  readonly tokensPerStep?: number;
  /** GPUs that share each layer. */
  readonly tensorParallel?: number;
  /** Stages of layers. */
  readonly pipelineParallel?: number;
}

export interface JobShape {
  readonly class: Workload;
  readonly parameters: number;
  readonly tokensPerStep: number;
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  /** Copies that each take a part of the tokens. */
  readonly dataParallel: number;
  readonly flopsPerStep: number;
  /** Bytes of weights that a GPU reads in a step, at least. */
  readonly weightBytes: number;
  /** Bytes of weights, and of what training keeps with them, in a GPU. */
  readonly heldBytes: number;
  /** Time over that without waiting for other stages to fill and to drain. */
  readonly bubbleRatio: number;
  /** Within the GPUs that share a layer. */
  readonly tensor: readonly StepCollective[];
  /** Between the copies; hides behind the computing in part. */
  readonly gradients: readonly StepCollective[];
}

interface JobGpus {
  readonly count: number;
  /** In the smallest NVLink island of the job. */
  readonly perIsland: number;
  readonly memBytes: number;
}

/**
 * The shape of a job on so many GPUs. Without a size it fills half of their memory; a layer is shared
 * by the island where a GPU cannot hold the weights, and stages are added where an island cannot.
 * @throws RangeError naming the hint that does not fit the GPUs
 */
export function jobShape(hints: JobHints, gpus: JobGpus): JobShape {
  const isTraining = hints.class === 'training';
  const perParameter = isTraining ? JOB.trainedBytesPerParameter : JOB.servedBytesPerParameter;
  const held = (gpus.memBytes * JOB.memoryRatio.value) / perParameter.value;
  const parameters = hints.parameters ?? Math.min(JOB.parametersMax.value, held * gpus.count);
  const { tensorParallel, pipelineParallel, dataParallel } = splitOf(
    hints,
    gpus,
    parameters / held,
  );
  const defaultTokens =
    hints.class === 'decode'
      ? JOB.decodeTokens.value * dataParallel
      : JOB.tokensPerGpu.value * gpus.count;
  const tokensPerStep = hints.tokensPerStep ?? defaultTokens;
  const perToken = isTraining ? JOB.trainedFlopsPerParameter : JOB.servedFlopsPerParameter;
  const parts = tensorParallel * pipelineParallel;
  const shape = { parameters, tokensPerStep, tensorParallel, pipelineParallel, dataParallel };
  return {
    class: hints.class,
    ...shape,
    flopsPerStep: perToken.value * parameters * tokensPerStep,
    weightBytes: (JOB.servedBytesPerParameter.value * parameters) / parts,
    heldBytes: (perParameter.value * parameters) / parts,
    bubbleRatio: 1 + (pipelineParallel - 1) / Math.max(1, sequencesOf(shape)),
    tensor: tensorParallel > 1 ? tensorCollectives(shape, isTraining) : [],
    gradients:
      isTraining && dataParallel > 1
        ? [{ operation: 'allReduce', bytes: (JOB.gradientBytes.value * parameters) / parts }]
        : [],
  };
}

/** That one copy takes through its stages in a step. */
const sequencesOf = (shape: Pick<JobShape, 'tokensPerStep' | 'dataParallel'>) =>
  shape.tokensPerStep / shape.dataParallel / JOB.tokensPerGpu.value;

function splitOf(hints: JobHints, gpus: JobGpus, leastGpus: number) {
  // The sharers of a layer stay in one island, in equal parts of it.
  const divisors = divisorsOf(gpus.perIsland).filter(d => gpus.count % d === 0);
  const least = Math.ceil(leastGpus * (1 - 1e-9));
  const enough = divisors.find(d => d >= least) ?? divisors[divisors.length - 1];
  const tensorParallel = hints.tensorParallel ?? enough;
  if (gpus.count % tensorParallel !== 0) {
    throw new RangeError(`tensorParallel: ${tensorParallel} does not divide ${gpus.count} GPUs`);
  }
  const sets = gpus.count / tensorParallel;
  const stages = divisorsOf(sets).find(d => d * tensorParallel >= least) ?? sets;
  const pipelineParallel = hints.pipelineParallel ?? stages;
  if (sets % pipelineParallel !== 0) {
    const split = `tensorParallel ${tensorParallel} x pipelineParallel ${pipelineParallel}`;
    throw new RangeError(`pipelineParallel: ${split} does not divide ${gpus.count} GPUs`);
  }
  return { tensorParallel, pipelineParallel, dataParallel: sets / pipelineParallel };
}

function divisorsOf(n: number): number[] {
  const found = new Set<number>();
  for (let d = 1; d * d <= n; d++) if (n % d === 0) found.add(d).add(n / d);
  return [...found].sort((a, b) => a - b);
}

/** Activations of each layer, summed over its sharers, sequence by sequence. */
function tensorCollectives(
  shape: Pick<JobShape, 'parameters' | 'tokensPerStep' | 'pipelineParallel' | 'dataParallel'>,
  isTraining: boolean,
): StepCollective[] {
  const { parametersPerWidthSquare, widthPerLayer, layerAllReduces, activationBytes } = JOB;
  const perLayerCube = parametersPerWidthSquare.value * widthPerLayer.value ** 2;
  const layers = Math.cbrt(shape.parameters / perLayerCube);
  const width = widthPerLayer.value * layers;
  const tokens = shape.tokensPerStep / shape.dataParallel;
  const atOnce = Math.min(tokens, JOB.tokensPerGpu.value);
  const perLayer = layerAllReduces.value * (isTraining ? 2 : 1);
  return [
    {
      operation: 'allReduce',
      bytes: atOnce * width * activationBytes.value,
      times: (perLayer * layers * (tokens / atOnce)) / shape.pipelineParallel,
    },
  ];
}
