/** All code points as texts, so that a property is looked for in many at once. */
import { LAST_CODE } from './tree.ts';

const BLOCK_CODES = 2048;
/** Surrogates are a block of their own, and are no characters. */
const FIRST_SURROGATE = 0xd800;

interface CodeBlock {
  readonly first: number;
  readonly last: number;
  readonly text: string;
  /** Of the text for each code point. */
  readonly units: 1 | 2;
}

let known: readonly CodeBlock[] | undefined;

/** Made when first asked for, and kept: some 4 MB. */
export function codeBlocks(): readonly CodeBlock[] {
  known ??= Array.from({ length: (LAST_CODE + 1) / BLOCK_CODES }, (_, i) => i * BLOCK_CODES)
    .filter(first => first !== FIRST_SURROGATE)
    .map(blockFrom);
  return known;
}

function blockFrom(first: number): CodeBlock {
  const codes = Array.from({ length: BLOCK_CODES }, (_, i) => first + i);
  const text = String.fromCodePoint(...codes);
  return { first, last: first + BLOCK_CODES - 1, text, units: first > 0xffff ? 2 : 1 };
}
