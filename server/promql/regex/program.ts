/** An expression as a program for a machine that follows all ways through it at once. */
import { type Assertion, type Ranges, RegexError, type Tree } from './tree.ts';

type Instruction =
  | { readonly op: 'set'; readonly ranges: Ranges }
  /** Two ways on; the first one is preferred. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'match' };

export type Program = readonly Instruction[];

/** Work for each character of a value is at most this much. */
const LENGTH_MAX = 5000;

/** @throws RegexError when it becomes too long. */
export function programOf(tree: Tree): Program {
  const program: Instruction[] = [];
  emit(program, tree);
  add(program, { op: 'match' });
  return program;
}

function add<I extends Instruction>(program: Instruction[], instruction: I): I {
  if (program.length >= LENGTH_MAX) throw new RegexError('expression is too large');
  program.push(instruction);
  return instruction;
}

function emit(program: Instruction[], tree: Tree): void {
  switch (tree.type) {
    case 'set':
      add(program, { op: 'set', ranges: tree.ranges });
      return;
    case 'assert':
      add(program, { op: 'assert', what: tree.what });
      return;
    case 'cat':
      for (const part of tree.parts) emit(program, part);
      return;
    case 'alt':
      emitAlternatives(program, tree.parts);
      return;
    case 'group':
      add(program, { op: 'save', slot: 2 * tree.index });
      emit(program, tree.part);
      add(program, { op: 'save', slot: 2 * tree.index + 1 });
      return;
    case 'repeat':
      emitRepeat(program, tree);
  }
}

function emitAlternatives(program: Instruction[], parts: readonly Tree[]) {
  const jumps = parts.slice(0, -1).map(part => {
    const split = add(program, { op: 'split' as const, first: program.length + 1, second: 0 });
    emit(program, part);
    const jump = add(program, { op: 'jump' as const, to: 0 });
    split.second = program.length;
    return jump;
  });
  emit(program, parts[parts.length - 1]);
  for (const jump of jumps) jump.to = program.length;
}

function emitRepeat(program: Instruction[], tree: Tree & { readonly type: 'repeat' }) {
  const { part, min, max, isLazy } = tree;
  for (let i = 0; i < min; i++) emit(program, part);
  if (max === Number.POSITIVE_INFINITY) {
    const again = program.length;
    const leave = fork(program, isLazy);
    emit(program, part);
    add(program, { op: 'jump', to: again });
    leave(program.length);
    return;
  }
  const leaves: ((to: number) => void)[] = [];
  for (let i = min; i < max; i++) {
    leaves.push(fork(program, isLazy));
    emit(program, part);
  }
  for (const leave of leaves) leave(program.length);
}

/** A choice between what follows and a place that is told later. */
function fork(program: Instruction[], isLazy: boolean): (to: number) => void {
  const on = program.length + 1;
  const split = add(program, { op: 'split' as const, first: on, second: on });
  return to => {
    if (isLazy) split.first = to;
    else split.second = to;
  };
}
