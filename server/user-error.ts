/** Something the user can put right: the command line prints it without a stack. */
export class UserError extends Error {
  /** 1: the answer is no, or the other side failed; 2: bad input. */
  readonly code: 1 | 2;
  constructor(message: string, code: 1 | 2 = 2) {
    super(message);
    this.code = code;
  }
}
