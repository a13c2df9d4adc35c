import { Writable } from 'node:stream';
import { createLogger } from '#observability';
import { Database } from '#postgres';
import { freshDatabase } from '#testing';
import { LedClock } from './led-clock.js';
import { schemaOf, migrateServices } from './service-definition.js';
import { serviceUrl } from './logins.js';
import type { Platform } from './platform.js';

/** A clock whose work is told to it. */
class ToldClock extends LedClock {
  protected readonly name = 'told-clock';
  protected readonly trouble = 'It could not be done';
  protected override readonly everyMs = 1;

  constructor(
    database: Database,
    platform: Platform,
    private readonly told: (isStopping: () => boolean) => Promise<void>,
  ) {
    super(database, platform);
  }

  protected work(isStopping: () => boolean): Promise<void> {
    return this.told(isStopping);
  }
}

let database: Database;
let drop: () => Promise<void>;
let lines: string[];
let platform: Platform;

beforeAll(async () => {
  const fresh = await freshDatabase();
  await migrateServices(fresh.url, [{ name: 'referral', follows: [] }]);
  const url = serviceUrl(fresh.url, 'referral');
  database = new Database({ url, schema: schemaOf('referral'), applicationName: 'test' });
  drop = fresh.drop;
});

beforeEach(() => {
  lines = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  platform = { logger: createLogger({ level: 'warn', service: 'test', destination }) } as Platform;
});

afterAll(async () => {
  await database.close();
  await drop();
});

/** Starts so many processes' clocks, lets them go until it is said, and stops them. */
async function running(count: number, work: (isStopping: () => boolean, over: () => void) => Promise<void>) {
  let over = (): void => undefined;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const clocks = Array.from({ length: count }, () => new ToldClock(database, platform, (stop) => work(stop, over)));
  clocks.forEach((clock) => {
    clock.onApplicationBootstrap();
  });
  await ended;
  await Promise.all(clocks.map((clock) => clock.beforeApplicationShutdown()));
}

describe('the clock of a service', () => {
  it('works again and again, in one process at a time', async () => {
    let [working, most, done] = [0, 0, 0];
    await running(3, async (_stop, over) => {
      most = Math.max(most, ++working);
      await database.as(['*']).query({ text: 'SELECT 1' });
      working -= 1;
      done += 1;
      if (done === 20) over();
    });
    expect([most, working]).toEqual([1, 0]);
  });

  it('says once what fails again and again, and again when it fails anew', async () => {
    let tries = 0;
    await running(1, (_stop, over) => {
      tries += 1;
      if (tries === 6) over();
      return tries === 4 || tries >= 6 ? Promise.resolve() : Promise.reject(new Error('Mrs Example'));
    });
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
      Array.from({ length: 2 }, () => 'It could not be done'),
    );
    expect(lines.join()).not.toContain('Example');
  });

  it('lets long work end when it is stopped', async () => {
    let steps = 0;
    await running(1, async (isStopping, over) => {
      while (!isStopping()) {
        await database.as(['*']).query({ text: 'SELECT 1' });
        if (++steps === 3) over();
      }
    });
    expect(steps).toBeGreaterThanOrEqual(3);
  });
});
