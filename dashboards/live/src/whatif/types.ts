/** A what-if question and its answer, as far as the page shows it. */
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
}

export interface Placement {
  readonly host?: string;
  readonly rack?: string;
  readonly id?: string;
  readonly gpus?: number | readonly unknown[];
}

export interface Binding {
  readonly limit?: unknown;
  readonly id?: string;
  readonly entity?: string;
  readonly kind?: string;
  readonly plane?: string;
  readonly load?: number | null;
  readonly headroom?: number | null;
  readonly need?: number | null;
}

export interface WhatIfAnswer {
  readonly fits?: boolean;
  readonly why?: string;
  readonly text?: string;
  readonly where?: readonly (Placement | string)[];
  readonly binding?: Binding | null;
  readonly chain?: readonly ChainLink[];
  readonly before?: unknown;
  readonly after?: unknown;
}
