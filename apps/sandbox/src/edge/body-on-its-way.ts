import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';

/** The body of a request on its way to a service: as it comes, never as a whole. */
export class BodyOnItsWay extends PassThrough {
  constructor(private readonly source: IncomingMessage) {
    super();
    source.pipe(this);
    source.once('close', () => {
      if (!source.complete) this.destroy();
    });
  }

  /**
   * The answer is given, and the service did not wait for all of it. What still comes is read and dropped, because a caller whose
   * connection is closed while it sends does not hear the answer.
   */
  dropTheRest(): void {
    if (this.readableEnded) return;
    this.source.unpipe(this);
    this.source.resume();
    this.destroy();
  }
}
