/** What an alert says, in one line that needs no table beside it. */
import { type Breach, SIGNALS } from '../../twin/index.ts';
import { codeRemedy, codeWord, humanValue } from '../human-value.ts';

export function summaryOf({ limit, value, threshold }: Breach, entity: string): string {
  const { row } = limit;
  const { id, unit: signalUnit } = SIGNALS[limit.signal];
  const title = row.broken ?? row.title;
  if (row.kind === 'uniform') return `${title}: ${entity} differs from the others of its class`;
  const unit = row.over === undefined ? signalUnit : 'Ratio';
  if (unit === 'Flag') return `${title}: ${entity}`;
  const word = unit === 'Code' ? codeWord(id, value) : undefined;
  if (word !== undefined) {
    const remedy = codeRemedy(id, value);
    return `${title}: ${entity} reports ${word}${remedy && `; ${remedy}`}`;
  }
  const show = (shown: number) => humanValue(shown, unit, id);
  const side = row.compare === 'max' ? 'above' : 'below';
  return `${title}: ${entity} is at ${show(value)}, ${side} ${show(threshold)}`;
}
