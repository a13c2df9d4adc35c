import { createContext, Script } from 'node:vm';

const desk: { work?: (() => unknown) | undefined } = {};
const context = createContext(desk);
const script = new Script('work()');

/** What the work returns; undefined where it takes longer than this many milliseconds. A regular expression is interrupted too. */
export function withinTime<T>(milliseconds: number, work: () => T): T | undefined {
  const outer = desk.work;
  desk.work = work;
  try {
    return script.runInContext(context, { timeout: Math.max(1, Math.floor(milliseconds)) }) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  } finally {
    desk.work = outer;
  }
}
