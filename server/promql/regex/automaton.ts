/**
 * The same machine as `run.ts` for those who only ask whether a text matches: sets of places are
 * worked out once and remembered, so that a text costs a look-up for each character.
 */
import type { Program } from './program.ts';
import { inRanges } from './tree.ts';

interface State {
  readonly places: readonly number[];
  readonly isMatch: boolean;
  /** By code point; undefined while it has not been asked for. */
  readonly next: (State | undefined)[];
  readonly nextRare: Map<number, State>;
}

/** Beyond these it starts again with none: what is remembered stays small. */
const STATES_MAX = 2000;
const COMMON_CODES = 128;

/** Assertions depend on what is around a place; programs with any have no automaton. */
export function automatonOf(program: Program): ((text: string) => boolean) | undefined {
  if (program.some(({ op }) => op === 'assert')) return undefined;
  let states = new Map<string, State>();
  let start = stateOf([0]);

  function stateOf(entries: readonly number[]): State {
    const places = reached(program, entries);
    const key = places.join();
    let state = states.get(key);
    if (!state) {
      const isMatch = places.some(pc => program[pc].op === 'match');
      state = {
        places,
        isMatch,
        next: new Array(COMMON_CODES).fill(undefined),
        nextRare: new Map(),
      };
      states.set(key, state);
    }
    return state;
  }

  function step(state: State, code: number): State {
    const entries = state.places.filter(pc => {
      const instruction = program[pc];
      return instruction.op === 'set' && inRanges(instruction.ranges, code);
    });
    const next = stateOf(entries.map(pc => pc + 1));
    if (code < COMMON_CODES) state.next[code] = next;
    else if (state.nextRare.size < STATES_MAX) state.nextRare.set(code, next);
    return next;
  }

  return text => {
    if (states.size > STATES_MAX) {
      states = new Map();
      start = stateOf([0]);
    }
    let state = start;
    for (let at = 0; at < text.length && state.places.length > 0; at++) {
      const code = text.codePointAt(at)!;
      if (code > 0xffff) at++;
      const known = code < COMMON_CODES ? state.next[code] : state.nextRare.get(code);
      state = known ?? step(state, code);
    }
    return state.isMatch && state.places.length > 0;
  };
}

/** Every place that is reached without taking a character: where one is taken, and the match. */
function reached(program: Program, entries: readonly number[]): number[] {
  const seen = new Set<number>();
  const stack = [...entries];
  for (let pc = stack.pop(); pc !== undefined; pc = stack.pop()) {
    if (seen.has(pc)) continue;
    seen.add(pc);
    const instruction = program[pc];
    if (instruction.op === 'jump') stack.push(instruction.to);
    else if (instruction.op === 'split') stack.push(instruction.first, instruction.second);
    else if (instruction.op === 'save') stack.push(pc + 1);
  }
  return [...seen]
    .filter(pc => program[pc].op === 'set' || program[pc].op === 'match')
    .sort((a, b) => a - b);
}
