/** A command: it prints its own output and gives its exit code. */
export type Run = () => Promise<number>;

/** Runs a command and keeps its exit code for the end of the process. */
export type Go = (run: Run) => Promise<void>;
