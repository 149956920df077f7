/** Which column of a trace is what: `time=ts,power=watts,util=cpu+gpu,temp=inlet,entity=host`. */
import { UserError } from '../user-error.ts';

const ROLES = ['time', 'power', 'util', 'temp', 'entity'] as const;
type Role = (typeof ROLES)[number];

/** Names of columns by role; power and utilisation may have several, the rest one. */
export type TraceMap = Readonly<Partial<Record<Role, string>>>;

/** @throws UserError naming the part that is wrong */
export function parseTraceMap(text: string): TraceMap {
  const map: Partial<Record<Role, string>> = {};
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const role = part.slice(0, equals).trim();
    const column = part.slice(equals + 1).trim();
    if (equals < 0 || column === '') {
      throw new UserError(`--map: '${part.trim()}' is not of the form role=column`);
    }
    if (!isRole(role)) {
      throw new UserError(`--map: there is no role '${role}'; there are ${ROLES.join(', ')}`);
    }
    if (map[role]) throw new UserError(`--map: ${role} is given twice; join columns with +`);
    map[role] = column;
  }
  for (const needed of ['time', 'power'] as const) {
    if (!map[needed]) throw new UserError(`--map: ${needed}=COLUMN is missing`);
  }
  return map;
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/** Of a header that is none, as of a file without line ends, no more is shown. */
const SHOWN_CHARS = 500;

/** Indices of columns by role. */
export type Columns = Readonly<Record<Role, readonly number[]>>;

/** Finds the columns in a header. @throws UserError naming a column that is not there */
export function columnsOf(map: TraceMap, header: readonly string[], file: string): Columns {
  const find = (role: Role, name: string) => {
    const exact = header.indexOf(name);
    const lower = name.toLowerCase();
    const at = exact >= 0 ? exact : header.findIndex(each => each.toLowerCase() === lower);
    if (at >= 0) return at;
    const all = header.join(', ');
    const there = all.length > SHOWN_CHARS ? `${all.slice(0, SHOWN_CHARS)}...` : all;
    throw new UserError(`--map: ${role}=${name}: ${file} has no such column; it has ${there}`);
  };
  const columns = (role: Role): number[] => {
    const name = map[role];
    if (name === undefined) return [];
    if (header.includes(name)) return [find(role, name)];
    const many = role === 'power' || role === 'util';
    return (many ? name.split('+') : [name]).map(each => find(role, each.trim()));
  };
  return {
    ...{ time: columns('time'), power: columns('power'), util: columns('util') },
    ...{ temp: columns('temp'), entity: columns('entity') },
  };
}
