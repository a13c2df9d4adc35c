import { Injectable } from '@nestjs/common';
import { Database } from '#postgres';
import { LedClock, Platform } from '#service';
import { AskAfterHolds } from '../use-cases/places/ask-after-holds.js';
import { MendCounts } from '../use-cases/places/mend-counts.js';
import { TellEndings } from '../use-cases/tell-endings.js';

const entriesMs = 60_000;

/** Asks after places that were left open, tells of activities that end and mends counts. */
@Injectable()
export class DirectoryClock extends LedClock {
  protected readonly name = 'directory-clock';
  protected readonly trouble = 'The directory could not look after its places';
  #entriesAt = 0;

  constructor(
    private readonly askAfterHolds: AskAfterHolds,
    private readonly tellEndings: TellEndings,
    private readonly mendCounts: MendCounts,
    database: Database,
    platform: Platform,
  ) {
    super(database, platform);
  }

  protected async work(): Promise<void> {
    try {
      await this.#entries();
    } finally {
      await this.askAfterHolds.execute();
    }
  }

  /** Also one that fails is the last for its minute: it asks other services. */
  async #entries(): Promise<void> {
    const now = this.platform.now().getTime();
    if (now - this.#entriesAt < entriesMs) return;
    this.#entriesAt = now;
    await this.tellEndings.execute();
    await this.mendCounts.execute();
  }
}
