import { StartError } from '../start-error.js';
import { type ServerProcess } from './server-process.js';
import { type StartLock } from './start-lock.js';

export interface Ending {
  /** Settles with a sentence when the server ended without having been asked to. */
  failed: Promise<StartError>;
  stop: () => Promise<void>;
}

/** The end of a server that runs: whoever causes it, its folder is free afterwards. */
export function endingOf(product: string, server: ServerProcess, lock: StartLock): Ending {
  let asked = false;
  const failed = new Promise<StartError>((resolve) => {
    void server.ended.then(({ by }) => {
      lock.release();
      if (!asked) resolve(new StartError(`${product} ended without having been asked to (${by}).`));
    });
  });
  return {
    failed,
    stop: async () => {
      asked = true;
      await server.stop();
    },
  };
}
