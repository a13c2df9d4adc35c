import { alreadyRuns } from '../process/start-lock.js';
import { diskIsFull, mayNotUse, portTaken, StartError } from '../start-error.js';

export interface Attempt {
  folder: string;
  port?: number;
}

/** Children of a server that was killed still use its memory; they notice its end within moments. */
export function isWaitingForOldChildren(output: string): boolean {
  return output.includes('pre-existing shared memory block');
}

export function isPortTaken(output: string): boolean {
  return /could not (bind|create any TCP\/IP sockets)/.test(output);
}

/** One sentence for what initdb or postgres printed before it gave up. */
export function postgresFault(output: string, { folder, port }: Attempt): StartError {
  if (output.includes('No space left on device')) return diskIsFull(folder);
  if (isPortTaken(output)) return portTaken('PostgreSQL', port);
  if (/Permission denied|not owned|wrong ownership|invalid permissions/.test(output)) return mayNotUse(folder);
  const running = /Is another postmaster \(PID (\d+)\)/.exec(output);
  if (running) return alreadyRuns(folder, 'PostgreSQL', Number(running[1]));
  return new StartError(`PostgreSQL did not start on ${folder}: ${lastWords(output)}`);
}

function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const grave = lines.filter((line) => /(FATAL|PANIC|error):/.test(line)).at(-1);
  return (grave ?? lines.at(-1) ?? 'it said nothing').replace(/^.*?(FATAL|PANIC|error): +/, '');
}
