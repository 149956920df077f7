/** Cords that hang elsewhere: the outlet in which one should be, and the one that carries its load. */
import {
  type Finding,
  readSignal,
  type State,
  signalIndex,
  type Topology,
} from '../../twin/index.ts';
import { RULES } from '../identity/rules.ts';

/** An outlet that carries power although the inventory knows of no cord in it. */
interface UnwiredOutlet {
  readonly pdu: string;
  /** Its series as it came: name and labels. */
  readonly series: string;
  readonly powerW: number;
}

/** Outlets as `<pdu>/<outlet>`, where they are known. */
interface CordOutlets {
  readonly documentedOutlet?: string;
  readonly loadedOutlet?: string;
}

const PSU = signalIndex('psuInputPowerW');

/**
 * By finding. Of several cords on one PDU the one that carries most is told to be in the outlet that
 * carries most: cords of one host, whose loads are alike, may be in each other's.
 */
export function cordOutlets(
  miscabled: readonly Finding[],
  { topology, state }: { topology: Topology; state: State },
  unwired: readonly UnwiredOutlet[],
): ReadonlyMap<Finding, CordOutlets> {
  const loadW = ({ entity }: Finding) => readSignal(state, PSU, entity).value || 0;
  const found = new Map<Finding, CordOutlets>();
  for (const [pdu, cords] of Map.groupBy(miscabled, ({ other }) => other?.entity ?? -1)) {
    const outlets = unwired
      .filter(outlet => outlet.pdu === topology.ids[pdu])
      .sort((a, b) => b.powerW - a.powerW);
    cords
      .toSorted((a, b) => loadW(b) - loadW(a))
      .forEach((cord, i) => {
        const documentedOutlet = outletOf(topology, cord.entity);
        const outlet = outlets[i];
        found.set(cord, {
          ...(documentedOutlet === undefined ? {} : { documentedOutlet }),
          ...(outlet ? { loadedOutlet: `${outlet.pdu}/${outletName(outlet.series)}` } : {}),
        });
      });
  }
  return found;
}

const outletOf = ({ aliases }: Topology, entity: number) =>
  aliases.find(alias => alias.entity === entity && alias.type === 'pduOutlet')?.value;

/** Labels that name an outlet, as the rule that joins outlets to cords knows them. */
const OUTLET_LABELS: readonly string[] = RULES.pduOutlet.steps.flatMap(step =>
  step.by === 'only' ? [] : step.labels.flat(),
);

/** The number of the outlet where the series has one, or its name. */
function outletName(series: string): string {
  const labels = new Map(
    [...series.matchAll(/([\w.]+)=("(?:[^"\\]|\\.)*")/g)].map(([, label, value]) => [
      label,
      JSON.parse(value) as string,
    ]),
  );
  const values = OUTLET_LABELS.flatMap(label => labels.get(label) ?? []);
  return values.find(value => /^[\d.]+$/.test(value)) ?? values[0] ?? series;
}
