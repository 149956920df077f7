/** What an alert says, in one line that needs no table beside it. */
import { type Breach, releaseOf, SIGNALS } from '../../twin/index.ts';
import { codeRemedy, codeWord, humanPair, humanValue } from '../human-value.ts';
import { unitOf } from '../limits-on.ts';

/** @param isOver the alert has ended: its value may have come back, or not be known any more */
export function summaryOf(breach: Breach, entity: string, isOver = false): string {
  const { limit, value } = breach;
  const { row } = limit;
  const { id } = SIGNALS[limit.signal];
  const title = row.broken ?? row.title;
  if (row.kind === 'uniform') {
    return `${title}: ${entity} ${isOver ? 'differed' : 'differs'} from the others of its class`;
  }
  const unit = unitOf(limit);
  if (unit === 'Flag') return `${title}: ${entity}`;
  const word = unit === 'Code' ? codeWord(id, value) : undefined;
  if (word !== undefined) {
    const remedy = codeRemedy(id, value);
    return `${title}: ${entity} reports ${word}${remedy && `; ${remedy}`}`;
  }
  return `${title}: ${entity} ${reading(breach, unit, isOver)}`;
}

/** `is at 45 kW, above 44 kW`; until it has come back far enough, also where it ends. */
function reading({ limit, value, threshold }: Breach, unit: string, isOver: boolean): string {
  const { row, signal } = limit;
  const { id } = SIGNALS[signal];
  const [shown, bound] = humanPair([value, threshold], unit, id);
  const [side, isPassed] =
    row.compare === 'max' ? ['above', value > threshold] : ['below', value < threshold];
  if (isPassed) return `${isOver ? 'was' : 'is'} at ${shown}, ${side} ${bound}`;
  const end = releaseOf(row, threshold);
  const until = isOver || end === threshold ? '' : `; ends at ${humanValue(end, unit, id)}`;
  return `is at ${shown}, no longer ${side} ${bound}${until}`;
}
