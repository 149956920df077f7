/** What is taken of a job that says little about itself. */
import type { Figure } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';

export const JOB = {
  /** Weights, gradients and the optimiser's state. */
  trainedBytesPerParameter: computed(16, 'Mixed precision and Adam: 2 + 2 + 4 + 4 + 4 bytes'),
  servedBytesPerParameter: computed(2, 'Weights in bf16'),
  /** Activations, buffers and fragments take the rest. */
  memoryRatio: chosen(0.5, 'Orrery: half of the memory for weights and their state'),
  parametersMax: chosen(70e9, 'Orrery: a usual large dense model'),
  /** Tokens of a step for each GPU: 4 million over 512. */
  tokensPerGpu: chosen(8192, 'Orrery: one long sequence for each GPU'),
  decodeTokens: chosen(64, 'Orrery: requests that decode together in one replica'),
  trainedFlopsPerParameter: computed(6, 'Two forward, four backward, for each token'),
  servedFlopsPerParameter: computed(2, 'A multiplication and an addition for each token'),
  /** Part of the peak while nothing is waited for. */
  kernelRatio: recalled(0.5, 'Dense training at 38-45 % of peak with its communication in it'),
  /** bf16 */
  gradientBytes: computed(2, 'Gradients are reduced in bf16'),
  activationBytes: computed(2, 'Activations in bf16'),
  /** All-reduces of a layer, forward, where its matrices are split; as many backward. */
  layerAllReduces: seen(2, 'Megatron-LM (arXiv 1909.08053): one for attention, one for the MLP'),
  /** Parameters of a layer over the square of its width, and the usual width over the layers. */
  parametersPerWidthSquare: computed(12, 'Attention 4, MLP 8'),
  widthPerLayer: recalled(128, 'Published dense models: width over layers of 100 to 130'),
  gradientOverlapRatio: recalled(0.7, 'Reduced behind the backward pass but for the last layers'),
  checkpointWriteS: chosen(30, 'Orrery: between the quoted 10 and 60 s'),
  restartS: chosen(300, 'Orrery: the quoted 5 min'),
} as const satisfies Readonly<Record<string, Figure>>;

/** GPU classes whose jobs are taken to fail as those of RSC-1 did; all others as those of Llama 3. */
export const FAILS_LIKE_RSC1 = /^(a100|v100)/;
