/** Files into checked values, or a UserError with every complaint. */
import { type Parsed, parseInventory, readTopology, type Topology } from '../../twin/index.ts';
import { type Config, DEFAULT_CONFIG, parseConfig } from '../config.ts';
import {
  type Complaint,
  complaintsOf,
  complaintText,
  readDocument,
  readingError,
  readText,
} from '../document.ts';
import { UserError } from '../user-error.ts';

export function load<T>(file: string, parse: (value: unknown) => Parsed<T>) {
  const read = readDocument(file);
  if (!read.ok) throw refusal(read.complaints);
  const { source } = read;
  const parsed = parse(source.value);
  if (!parsed.ok) throw refusal(complaintsOf(source, parsed.problems));
  return { source, value: parsed.value };
}

const refusal = (complaints: readonly Complaint[]) =>
  new UserError(complaints.map(complaintText).join('\n'));

export const loadConfig = (file: string | undefined): Config =>
  file === undefined ? DEFAULT_CONFIG : load(file, parseConfig).value;

export function loadTopology(file: string, generation = 1): Topology {
  return load(file, value => readTopology(value, generation)).value;
}

export const loadInventory = (file: string) => load(file, parseInventory).value;

/** A file as it is, gzipped or not. @param flag what named it, for the complaint */
export function loadText(file: string, flag?: string): string {
  try {
    return readText(file);
  } catch (error) {
    throw new UserError(`${flag === undefined ? '' : `${flag}: `}${file}: ${readingError(error)}`);
  }
}
