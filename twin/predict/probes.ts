/**
 * How far the air probes of a site are off, each always the same: what no error against their own
 * readings can show. Told by how they differ within their racks once what hosts at the same place
 * of every rack share (it is warmer at the top) is taken out.
 */
import { PREDICTION } from '../tables/physics/prediction.ts';

/** Standard deviation of a probe before any are compared: even between the bounds. */
const PRIOR_SD = PREDICTION.tempOffsetK.value / Math.sqrt(3);
const PRIOR_PROBES = PREDICTION.tempOffsetProbes.value;

/**
 * @param rackOfHost rack of each host, or -1; hosts of a rack in the order of their places
 * @param offsetK what the probe of each host shows over the mean of its rack, K; NaN: not known
 * @returns standard deviation of one probe, K: sensor and place together
 */
export function probeSpreadK(rackOfHost: Int32Array, offsetK: Float64Array): number {
  const racks = new Map<number, number[]>();
  rackOfHost.forEach((rack, host) => {
    if (rack < 0 || Number.isNaN(offsetK[host])) return;
    const own = racks.get(rack);
    if (own) own.push(offsetK[host]);
    else racks.set(rack, [offsetK[host]]);
  });
  const places: { sumK: number; count: number }[] = [];
  const rows = [...racks.values()].filter(own => own.length > 1);
  const centred = rows.map(own => {
    const meanK = own.reduce((sum, k) => sum + k, 0) / own.length;
    return own.map(k => k - meanK);
  });
  for (const own of centred) {
    own.forEach((k, place) => {
      places[place] ??= { sumK: 0, count: 0 };
      places[place].sumK += k;
      places[place].count++;
    });
  }
  let squares = PRIOR_PROBES * PRIOR_SD * PRIOR_SD;
  let freedom = PRIOR_PROBES;
  for (const own of centred) {
    own.forEach((k, place) => {
      const { sumK, count } = places[place];
      squares += (k - sumK / count) ** 2;
      freedom++;
    });
  }
  // each mean that was taken out answers for one of the values; one of them twice
  const means = rows.length + places.length - (rows.length > 0 ? 1 : 0);
  return Math.sqrt(squares / (freedom - means));
}
