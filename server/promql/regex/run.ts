/**
 * Runs a program over a text, from its beginning to its end: time grows with the length of the text
 * times the length of the program, whatever the expression.
 */
import type { Program } from './program.ts';
import { type Assertion, inRanges } from './tree.ts';

interface Thread {
  readonly pc: number;
  /** Begin and end of each group, in code units; empty when nobody asks. */
  readonly slots: readonly (number | undefined)[];
}

interface Place {
  readonly text: string;
  readonly at: number;
}

/** @returns begin and end of the whole and of each group, or undefined. */
export function runWhole(
  program: Program,
  text: string,
): readonly (number | undefined)[] | undefined {
  let threads: Thread[] = [];
  follow(program, threads, new Set(), { pc: 0, slots: [] }, { text, at: 0 });
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at)!;
    at += code > 0xffff ? 2 : 1;
    const next: Thread[] = [];
    const seen = new Set<number>();
    for (const thread of threads) {
      const instruction = program[thread.pc];
      if (instruction.op !== 'set' || !inRanges(instruction.ranges, code)) continue;
      follow(program, next, seen, { pc: thread.pc + 1, slots: thread.slots }, { text, at });
    }
    threads = next;
    if (threads.length === 0) return undefined;
  }
  // Threads stand in the order of preference.
  const winner = threads.find(({ pc }) => program[pc].op === 'match');
  return winner && [0, text.length, ...winner.slots.slice(2)];
}

/** Adds every place that is reached without taking a character. */
function follow(
  program: Program,
  threads: Thread[],
  seen: Set<number>,
  start: Thread,
  place: Place,
): void {
  const stack = [start];
  for (let thread = stack.pop(); thread; thread = stack.pop()) {
    const { pc, slots } = thread;
    if (seen.has(pc)) continue;
    seen.add(pc);
    const instruction = program[pc];
    switch (instruction.op) {
      case 'jump':
        stack.push({ pc: instruction.to, slots });
        break;
      case 'split':
        stack.push({ pc: instruction.second, slots }, { pc: instruction.first, slots });
        break;
      case 'save': {
        const saved = slots.slice();
        saved[instruction.slot] = place.at;
        stack.push({ pc: pc + 1, slots: saved });
        break;
      }
      case 'assert':
        if (holds(instruction.what, place)) stack.push({ pc: pc + 1, slots });
        break;
      default:
        threads.push(thread);
    }
  }
}

const isWord = (character: string | undefined) => character !== undefined && /^\w$/.test(character);

function holds(what: Assertion, { text, at }: Place): boolean {
  switch (what) {
    case 'textStart':
      return at === 0;
    case 'textEnd':
      return at === text.length;
    case 'lineStart':
      return at === 0 || text[at - 1] === '\n';
    case 'lineEnd':
      return at === text.length || text[at] === '\n';
    default:
      return (isWord(text[at - 1]) !== isWord(text[at])) === (what === 'word');
  }
}
