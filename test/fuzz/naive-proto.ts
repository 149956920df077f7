/** A plain reader of protobuf wire format: the fields of a message, one after another. */

export interface Field {
  /** Number and wire type, as the tag has them. */
  readonly tag: number;
  /** Where the field stands in its message, tag included. */
  readonly at: number;
  readonly end: number;
  readonly integer: bigint;
  /** Of delimited fields and of those of eight bytes. */
  readonly body: Buffer;
}

interface Fields {
  readonly list: readonly Field[];
  /** The tag of a field that is broken, if one is; nothing after it is read. */
  readonly broken?: number;
}

const EMPTY = Buffer.alloc(0);

export function fieldsOf(message: Buffer): Fields {
  const list: Field[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = varintAt(message, at);
    if (!tag || tag.value < 8n || tag.value >= 2n ** 32n) return { list, broken: 0 };
    const field = fieldAt(message, at, Number(tag.value), tag.end);
    if (!field) return { list, broken: Number(tag.value) };
    list.push(field);
    at = field.end;
  }
  return { list };
}

function fieldAt(message: Buffer, at: number, tag: number, from: number): Field | undefined {
  const wire = tag % 8;
  if (wire === 0) {
    const integer = varintAt(message, from);
    return integer && { tag, at, end: integer.end, integer: integer.value, body: EMPTY };
  }
  if (wire === 2) {
    const length = varintAt(message, from);
    if (!length || length.value < 0n || length.value >= 2n ** 32n) return undefined;
    const end = length.end + Number(length.value);
    if (end > message.length) return undefined;
    return { tag, at, end, integer: 0n, body: message.subarray(length.end, end) };
  }
  if (wire !== 1 && wire !== 5) return undefined;
  const end = from + (wire === 1 ? 8 : 4);
  if (end > message.length) return undefined;
  return { tag, at, end, integer: 0n, body: message.subarray(from, end) };
}

/** Signed, of at most ten bytes. */
function varintAt(message: Buffer, at: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10 && at + i < message.length; i++) {
    const byte = message[at + i];
    value += BigInt(byte % 128) << BigInt(7 * i);
    if (byte < 128) return { value: BigInt.asIntN(64, value), end: at + i + 1 };
  }
  return undefined;
}
