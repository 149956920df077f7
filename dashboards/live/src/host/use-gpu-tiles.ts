/** GPUs below an entity, each with its live reading and colour for one signal. */
import { useMemo } from 'preact/hooks';
import { useEntitiesUnder, useStates } from '../api/hooks.ts';
import type { Entity } from '../api/types.ts';
import { type Domain, domainOf, isBreached, spanOf, stepOf } from '../colour/domain.ts';
import { breachSwatch, ramp, type Swatch } from '../colour/ramp.ts';
import { unitOf } from '../format.ts';
import type { Reading } from '../live/columns.ts';
import { useLive } from '../live/use-live.ts';
import { isCurrent } from '../quality.ts';
import { useStore } from '../store.ts';
import { themeStore } from '../theme.ts';

export interface GpuTile {
  readonly entity: Entity;
  readonly reading: Reading;
  /** Undefined when there is no current value to colour by. */
  readonly swatch: Swatch | undefined;
}

interface GpuTiles {
  readonly tiles: readonly GpuTile[];
  readonly domain: Domain;
  readonly error: string;
}

export const GPU_SIGNALS: readonly string[] = [
  'gpuTempC',
  'utilRatio',
  'powerW',
  'gpuMemUsedBytes',
  'smClockHz',
  'nvlinkBytesPerS',
];

export function useGpuTiles(name: string, under: string, signal: string): GpuTiles {
  const { value: gpus, loadedMs } = useEntitiesUnder('gpu', under);
  const theme = useStore(themeStore);
  const live = useLive({
    name,
    under,
    kind: 'gpu',
    indices: gpus?.map(gpu => gpu.index) ?? [],
    signals: [signal],
    loadedMs,
  });
  // One GPU stands for the rest: the GPUs of a host or rack are of one class.
  const first = useStates(gpus?.[0] ? [gpus[0].id] : [], [signal]).value?.[0];
  const limit = first?.signals[signal]?.limit;
  const swatches = useMemo(
    () => ({ load: ramp('load', theme), plain: ramp('plain', theme), breach: breachSwatch(theme) }),
    [theme],
  );
  const readings = (gpus ?? []).map((_, slot) => live.read(signal, slot));
  const span = spanOf(readings.map(one => one.value).filter(Number.isFinite));
  const domain = domainOf({
    unit: unitOf(signal),
    span,
    compare: limit?.compare ?? 'max',
    ...(limit ? { limit: limit.value } : {}),
  });
  const swatchOf = ({ value, quality }: Reading) => {
    if (!Number.isFinite(value) || !isCurrent(quality)) return undefined;
    if (limit && isBreached(value, limit.value, limit.compare)) return swatches.breach;
    return swatches[domain.ramp][stepOf(domain, value)];
  };
  const tiles = (gpus ?? []).map((entity, slot) => ({
    entity,
    reading: readings[slot],
    swatch: swatchOf(readings[slot]),
  }));
  return { tiles, domain, error: live.error };
}
