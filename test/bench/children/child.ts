/** What a process of the bench does for the one that started it. */
export interface Work {
  /** Told to the parent once it runs. */
  ready: unknown;
  /** Answers a question of the parent. */
  answer?: (question: unknown) => Promise<unknown>;
  stop: () => Promise<void>;
}

type FromParent = { start: unknown } | { question: unknown } | { stop: true };

/** Does what the parent asks for, one message after the other, and ends when told to or when the parent is gone. */
export function workForParent(start: (options: unknown) => Promise<Work>): void {
  let work: Work | undefined;
  const tell = (message: object): void => {
    process.send?.(message);
  };
  const end = async (): Promise<void> => {
    await work?.stop();
    process.exit(0);
  };
  const take = async (message: FromParent): Promise<void> => {
    if ('start' in message) {
      work = await start(message.start);
      tell({ ready: work.ready });
    } else if ('question' in message) tell({ answer: await work?.answer?.(message.question) });
    else await end();
  };
  process.on('message', (message) => {
    take(message as FromParent).catch((error: unknown) => {
      tell({ failed: error instanceof Error ? error.message : 'unknown reason' });
    });
  });
  process.on('disconnect', () => process.exit(1));
}
