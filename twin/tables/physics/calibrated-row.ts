/** What a calibrated model is; the rows are in `calibrated.ts`. */
import type { HardwareClass } from '../catalogue.ts';
import type { Kind } from '../kinds.ts';

/** A parameter before anything was measured: mean and standard deviation, and physical bounds. */
interface ParameterPrior {
  readonly mean: number;
  readonly sd: number;
  readonly low: number;
  readonly high: number;
}

export interface ModelPrior {
  /** In the order of the model's parameters. */
  readonly parameters: readonly ParameterPrior[];
  /** What the target reads while the thing works as the model says; others are not learned from. */
  readonly target: readonly [low: number, high: number];
  /** Unexplained part, as a standard deviation: expected at first, and the least ever assumed. */
  readonly noiseSd: number;
  readonly noiseFloor: number;
  /** Constants of the class that the regressors need; four at most. */
  readonly figures?: readonly number[];
}

/** Where an input is read: at the entity, at a container around it, or at what cools its rack. */
type InputPlace = 'self' | 'host' | 'rack' | 'supply';

export interface ModelInput {
  readonly signal: string;
  readonly at: InputPlace;
  /** Of a GPU or a host: from energy counters, where all its GPUs have one that counts. */
  readonly isMeanOfGpus?: true;
  /** A site may lack it: then it is NaN. One that went stale still stops the calibration. */
  readonly isOptional?: true;
}

export interface PriorClasses {
  readonly own: HardwareClass;
  /** Class of what the entity stands in, if any. */
  readonly around: HardwareClass | undefined;
  readonly byId: ReadonlyMap<string, HardwareClass>;
}

/** Values of one entity, and the place of its class's figures in the table of them. */
export interface RegressInput {
  /** The target, then the inputs in their order; the lagged one is lagged already. */
  readonly inputs: Float64Array;
  readonly figures: Float64Array;
  figuresAt: number;
}

export interface CalibratedModel {
  readonly id: string;
  readonly title: string;
  /** The formula, for people. */
  readonly formula: string;
  readonly kind: Kind;
  /** The signal that is predicted: with the kind, its line on the fidelity board. */
  readonly signal: string;
  /** Measuring points of it; the first current one counts. */
  readonly targets: readonly string[];
  readonly inputs: readonly ModelInput[];
  /** Two to four. */
  readonly parameters: readonly { readonly id: string; readonly title: string }[];
  /**
   * Writes the regressors to `x`: one for each parameter.
   * @returns what is to be added to `parameters * x` to give the target
   */
  regress(of: RegressInput, x: Float64Array): number;
  /** @returns undefined where the classes lack a figure that is needed */
  prior(classes: PriorClasses): ModelPrior | undefined;
  /** Time over which what was learned fades where new things are learned, s. */
  readonly memoryS: number;
  /** Target and inputs must be this close in time, s. */
  readonly maxSkewS: number;
  /**
   * Position among `inputs` of one that acts with a lag, its time constant, and how far it may be
   * from its lagged value, as a part of it, for the sample to be learned from.
   */
  readonly lag?: { readonly input: number; readonly tauS: number; readonly steadyRatio: number };
  /** The model is scored against a meter that fell silent this long ago; 0: since the last one. */
  readonly horizonsS: readonly number[];
  /** The sum over the entities in each rack, row, hall and site is scored too. */
  readonly isSummed: boolean;
}
