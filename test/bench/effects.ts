/** What publisher and consumer of the bare messages agree on. */
export const bareSubjects = { stream: 'BENCH', all: 'bench.>', heard: 'bench.heard', inserted: 'bench.inserted' };

/** A clock that all processes of one machine share: it counts from the machine's start. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
