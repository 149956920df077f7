/** What `strace -f` saw of a journal: whether each acknowledgement came after its rows were synced. */

interface Call {
  readonly name: string;
  readonly args: string;
  /** Undefined until it returns. */
  result?: number;
  /** Writes to its file that were through when it began. */
  writtenTo: number;
}

interface LogFileState {
  readonly segment: number;
  /** Opened so that a write is a sync as well. */
  readonly writesSync: boolean;
  /** Written without a gap from the start. */
  writtenTo: number;
  syncedTo: number;
  /** The file itself, with its size and place, and its name in the directory. */
  isSynced: boolean;
  isNamed: boolean;
}

interface StraceVerdict {
  readonly acks: number;
  readonly faults: readonly string[];
}

const LINE = /^(\d+)\s+(?:<\.\.\. (\w+) resumed>(.*)|(\w+)\((.*))$/;
const RETURN = /\)\s+= (-?\d+)(?: .*)?$/;

export function judgeTrace(text: string): StraceVerdict {
  const open = new Map<string, Call>();
  const files = new Map<number, LogFileState>();
  const bySegment = new Map<number, LogFileState>();
  const dirs = new Set<number>();
  const faults: string[] = [];
  let acks = 0;

  function begin(call: Call) {
    const file = files.get(fileOf(call));
    call.writtenTo = file?.writtenTo ?? 0;
    const ack = /^1, "ack \d+ (\d+) (\d+)\\n"/.exec(call.args);
    if (call.name !== 'write' || !ack) return;
    acks++;
    const state = bySegment.get(Number(ack[1]));
    const isCovered = state?.isSynced && state.isNamed && state.syncedTo >= Number(ack[2]);
    if (!isCovered) faults.push(`${ack[0]} before ${JSON.stringify(state)}`);
  }

  function end(call: Call, result: number) {
    const file = files.get(fileOf(call));
    if (call.name === 'openat') opened(call, result);
    else if (result < 0) return;
    else if (/^pwrite/.test(call.name) && file) {
      const at = Number(/, (\d+)\s*(?:<unfinished|\)|$)/.exec(call.args)?.[1] ?? Number.NaN);
      if (at <= file.writtenTo) file.writtenTo = Math.max(file.writtenTo, at + result);
      if (file.writesSync) file.syncedTo = file.writtenTo;
    } else if (call.name === 'fsync' && dirs.has(fileOf(call))) {
      for (const each of files.values()) each.isNamed = true;
    } else if (/^f(data)?sync$/.test(call.name) && file) {
      file.syncedTo = Math.max(file.syncedTo, call.writtenTo);
      if (call.name === 'fsync') file.isSynced = true;
    }
  }

  function opened({ args }: Call, file: number) {
    files.delete(file);
    dirs.delete(file);
    const log = /\/journal\/(\d+)\.log", .*O_CREAT/.exec(args);
    if (/\/journal", /.test(args)) dirs.add(file);
    if (!log || file < 0) return;
    const segment = Number(log[1]);
    const writesSync = /O_D?SYNC/.test(args);
    const state = {
      ...{ segment, writesSync },
      ...{ writtenTo: 0, syncedTo: 0, isSynced: false, isNamed: false },
    };
    files.set(file, state);
    bySegment.set(segment, state);
  }

  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const [, thread, resumed, rest, name, args] = match;
    const call = resumed ? open.get(thread) : { name, args, writtenTo: 0 };
    if (!call) continue;
    if (!resumed) begin(call);
    const result = RETURN.exec(resumed ? rest : args)?.[1];
    if (result === undefined) open.set(thread, call);
    else end(call, Number(result));
  }
  return { acks, faults };
}

const fileOf = ({ args }: Call) => Number(/^\d+/.exec(args)?.[0] ?? -1);
