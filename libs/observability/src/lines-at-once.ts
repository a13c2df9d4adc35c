import { pino, type DestinationStream } from 'pino';

/** Standard output; the lines of one turn of the event loop are one write, and none is kept back beyond it. */
export function standardOutput(): DestinationStream {
  output ??= openOutput();
  return output;
}

let output: DestinationStream | undefined;

function openOutput(): DestinationStream {
  const lines = linesAtOnce(pino.destination({ dest: 1, sync: true }));
  process.on('exit', lines.flush);
  return lines;
}

/** Gathers what is written within one turn of the event loop. */
export function linesAtOnce(to: DestinationStream): DestinationStream & { flush: () => void } {
  let lines = '';
  const flush = (): void => {
    if (lines === '') return;
    const all = lines;
    lines = '';
    to.write(all);
  };
  const write = (line: string): void => {
    if (lines === '') setImmediate(flush);
    lines += line;
  };
  return { write, flush };
}
