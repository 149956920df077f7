/** A what-if question, and its answer as far as the page shows it. */
import type { ChainLink } from '../headroom/words.ts';

export interface WhatIfQuestion {
  readonly kind: 'WhatIf';
  readonly place?: {
    readonly gpus: number;
    readonly gpuClass?: string;
    readonly perHost?: number;
    readonly under?: string;
  };
  readonly drain?: { readonly host: string };
  readonly fail?: { readonly entity: string };
  readonly setpoint?: { readonly entity: string; readonly supplyTempC: number };
  readonly cap?: { readonly under: string; readonly gpuW: number };
  /** How far to follow power and heat, s; 0: not at all. */
  readonly horizonS?: number;
}

interface Banded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Seconds after the change; null: not within the horizon. */
export interface CourseTime {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface CourseFate {
  readonly timeToThrottleS: CourseTime;
  readonly timeToShutdownS: CourseTime;
  readonly hostCount: number;
  readonly gpuCount: number;
  readonly throttledGpus: number;
  readonly shutDownGpus: number;
  readonly darkGpus: number;
  readonly lostWorkRatio: number | null;
  readonly lostGpuH: number;
}

export interface CoursePlace extends CourseFate {
  readonly id: string;
  readonly kind: 'rack' | 'hall';
  readonly points: readonly {
    readonly atS: number;
    readonly powerW: Banded;
    readonly inletTempC: Banded;
    readonly gpuTempC: Banded | null;
    readonly hostsOff: Banded;
  }[];
}

export interface CourseEvent {
  readonly atS: number;
  readonly what: string;
  readonly kind: string;
  readonly entity: string;
}

/** The gang as a job, where it was placed. */
export interface PlacedJob {
  readonly class: string;
  readonly parameters: number;
  readonly meetsAt: string;
  readonly iterationS: number;
  readonly exposedS: number;
  readonly waitsFor: string;
  /** Over the same job in full hosts with the network to itself. */
  readonly slowdown: number;
  readonly mfuRatio: number | null;
  readonly memoryRatio: number;
  readonly likelyMttfH: number;
  readonly checkpointIntervalS: number;
  readonly ettrRatio: number;
  /** What was not said of the job, and is as usual. */
  readonly assumed: readonly string[];
}

export interface Course extends CourseFate {
  readonly horizonS: number;
  readonly halls: readonly CoursePlace[];
  readonly racks: readonly CoursePlace[];
  readonly affectedRacks: number;
  readonly unaffected: { readonly racks: number; readonly gpus: number };
  readonly alreadyThrottling: number;
  readonly slowdownTempC: number | null;
  readonly events: readonly CourseEvent[];
  /** Events after those, not listed. */
  readonly moreEvents: number;
  readonly bands: readonly {
    readonly signal: string;
    readonly from: 'record' | 'parameters';
    readonly says: string;
  }[];
}

export type AnswerPlane = 'gpus' | 'power' | 'cooling' | 'network';

export interface Placement {
  readonly host: string;
  readonly rack: string | null;
  readonly gpuCount: number;
  readonly addedPowerW?: number;
}

export interface Binding {
  readonly title: string;
  readonly entity: string;
  readonly kind: string;
  readonly plane: AnswerPlane;
  readonly load: number;
  readonly loadAfter: number;
  /** The limit. */
  readonly value: number;
  readonly loss: string | null;
}

interface LayerNumbers {
  readonly load: number;
  readonly headroom: number | null;
  readonly headroomN1: number | null;
}

export interface Layer {
  readonly plane: AnswerPlane;
  readonly kind: string;
  readonly entity: string;
  readonly limit: number | null;
  readonly before: LayerNumbers;
  readonly after: LayerNumbers;
}

export interface LoadChange {
  readonly plane: AnswerPlane;
  readonly id: string;
  readonly kind: string;
  readonly before: number;
  readonly after: number;
  readonly limit: number | null;
}

export interface Failure {
  readonly trips: readonly LoadChange[];
  readonly takesOver: readonly LoadChange[];
  readonly unsupplied: readonly {
    readonly plane: string;
    readonly counts: Readonly<Record<string, number>>;
    readonly loads: readonly string[];
  }[];
  readonly gpusLost: number;
  readonly rideThroughS: number | null;
}

export interface WhatIfAnswer {
  readonly fits: boolean;
  readonly where: readonly Placement[];
  readonly topologyLevel?: string | null;
  readonly shortOf?: string | null;
  readonly binding?: Binding | null;
  readonly chain?: readonly ChainLink[];
  readonly instead?: { readonly gpus: number; readonly under: string | null } | null;
  readonly excluded?: readonly {
    readonly why: string;
    readonly hosts: number;
    readonly gpus: number;
  }[];
  readonly fail?: Failure | null;
  readonly job?: PlacedJob | null;
  readonly course?: Course;
  readonly layers?: readonly Layer[];
  readonly warnings?: readonly {
    readonly title: string;
    readonly entity: string;
    readonly kind: string;
    readonly loss: string | null;
  }[];
  readonly evidence?: readonly { readonly about: string; readonly says: string }[];
}
