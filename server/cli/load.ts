/** Files into checked values, or a UserError with every complaint. */
import { type Parsed, parseInventory, readTopology, type Topology } from '../../twin/index.ts';
import { type Config, DEFAULT_CONFIG, parseConfig } from '../config.ts';
import { complaintsOf, complaintText, readDocument } from '../document.ts';
import { UserError } from '../user-error.ts';

function load<T>(file: string, parse: (value: unknown) => Parsed<T>): T {
  const read = readDocument(file);
  const parsed = read.ok ? parse(read.source.value) : undefined;
  if (parsed?.ok) return parsed.value;
  const complaints = read.ok ? complaintsOf(read.source, parsed?.problems ?? []) : read.complaints;
  throw new UserError(complaints.map(complaintText).join('\n'));
}

export const loadConfig = (file: string | undefined): Config =>
  file === undefined ? DEFAULT_CONFIG : load(file, parseConfig);

export function loadTopology(file: string, generation = 1): Topology {
  return load(file, value => readTopology(value, generation));
}

export const loadInventory = (file: string) => load(file, parseInventory);
