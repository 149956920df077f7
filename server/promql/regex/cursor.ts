/** A place in the text of a regular expression. */

export interface Cursor {
  readonly at: number;
  isEnd(): boolean;
  /** The next character, or ''. */
  peek(): string;
  next(): string;
  take(character: string): boolean;
  /** @param pattern sticky; moves behind what it matches. */
  match(pattern: RegExp): RegExpExecArray | undefined;
  since(start: number): string;
  rest(length: number): string;
}

export function cursorOf(text: string): Cursor {
  let at = 0;
  const peek = () => (at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : '');
  const next = () => {
    const character = peek();
    at += character.length;
    return character;
  };
  return {
    get at() {
      return at;
    },
    isEnd: () => at >= text.length,
    peek,
    next,
    take(character) {
      if (peek() !== character) return false;
      next();
      return true;
    },
    match(pattern) {
      pattern.lastIndex = at;
      const match = pattern.exec(text) ?? undefined;
      if (match) at += match[0].length;
      return match;
    },
    since: start => text.slice(start, at),
    rest: length => text.slice(at, at + length),
  };
}
