/** How often failures of the network stop a job. */
import { MONTH_H, NETWORK } from '../../tables/physics/network.ts';

interface JobLinks {
  /** Links between NICs and TOR switches that the job uses. */
  readonly nicTorLinks: number;
  readonly torSwitches: number;
  /** Expected failures of one link and of one switch in a month. */
  readonly linkFailPerMonth?: number;
  readonly torFailPerMonth?: number;
  /** Every NIC has two ports on two switches, and goes on with one. */
  readonly dualTor: boolean;
}

/**
 * Expected stops of a job in a month. With one TOR every failed link or switch stops it. With two
 * only the loss of both of a pair does: the second while the first is mended (`2 rate^2 repair` a
 * pair), or both from one cause (`beta rate`). Links and switches are all that are listed; with two
 * TORs they form half as many pairs.
 * @throws RangeError if a count or rate is negative
 */
export function networkStopsPerMonth(job: JobLinks): number {
  const {
    nicTorLinks,
    torSwitches,
    linkFailPerMonth = NETWORK.nicTorLinkFailPerMonth.value,
    torFailPerMonth = NETWORK.torFailPerMonth.value,
  } = job;
  const figures = { nicTorLinks, torSwitches, linkFailPerMonth, torFailPerMonth };
  for (const [name, value] of Object.entries(figures)) {
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name}: ${value}`);
  }
  const stops = job.dualTor ? pairStops : (count: number, rate: number) => count * rate;
  return stops(nicTorLinks, linkFailPerMonth) + stops(torSwitches, torFailPerMonth);
}

function pairStops(count: number, ratePerMonth: number): number {
  const repairMonths = NETWORK.repairH.value / MONTH_H;
  const independent = 2 * ratePerMonth ** 2 * repairMonths;
  const commonCause = NETWORK.commonCauseRatio.value * ratePerMonth;
  // A pair fails no oftener than one of its halves would.
  return (count / 2) * Math.min(ratePerMonth, independent + commonCause);
}
