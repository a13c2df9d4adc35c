import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** File beside this one. */
  script: string;
  options: unknown;
  /** File for what it prints. */
  log: string;
  execArgv?: readonly string[];
}

type FromChild = { ready: unknown } | { answer: unknown } | { failed: string };

/** A process of the bench, so that what is measured does not share an event loop with what measures it. */
export class BenchProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly ready: unknown,
  ) {}

  static async start({ script, options, log, execArgv = [] }: ChildOptions): Promise<BenchProcess> {
    const out = openSync(log, 'a');
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), [], {
      stdio: ['ignore', out, out, 'ipc'],
      execArgv: [...execArgv],
    });
    const answer = next(child, script);
    child.send({ start: options });
    const message = await answer;
    return new BenchProcess(child, 'ready' in message ? message.ready : undefined);
  }

  async ask(question: unknown): Promise<unknown> {
    const answer = next(this.child, 'A process of the bench');
    this.child.send({ question });
    const message = await answer;
    return 'answer' in message ? message.answer : undefined;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.send({ stop: true });
    await exited;
  }
}

/** Its next message; ends too where the process does. */
async function next(child: ChildProcess, name: string): Promise<Exclude<FromChild, { failed: string }>> {
  const over = new AbortController();
  try {
    const { signal } = over;
    const message = once(child, 'message', { signal }) as Promise<[FromChild]>;
    const exit = once(child, 'exit', { signal }).then((): [FromChild] => [{ failed: 'it ended' }]);
    exit.catch(() => undefined);
    const [answer] = await Promise.race([message, exit]);
    if ('failed' in answer) throw new Error(`${name}: ${answer.failed}`);
    return answer;
  } finally {
    over.abort();
  }
}
