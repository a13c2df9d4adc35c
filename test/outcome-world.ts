import type { Bundle, Composition, DocumentReference, Parameters, Task, TaskOutput } from 'fhir/r4';
import { eventually } from './eventually.js';
import type { Actors, OpenReferral, Referral } from './outcome-actors.js';
import type { SandboxClient } from '../apps/sandbox/src/sandbox-clients.js';
import type { Answer, World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const dayMs = 86_400_000;

/** A clock that a test sets forward. */
export class SetClock {
  #aheadMs = 0;

  readonly now = (): Date => new Date(Date.now() + this.#aheadMs);

  forward(days: number): void {
    this.#aheadMs += days * dayMs;
  }
}

export function outputOf(code: string, value: Partial<TaskOutput>): TaskOutput {
  return { type: { coding: [{ system: `${base}/CodeSystem/task-output`, code }] }, ...value };
}

/** What a practice and a provider do with outcome summaries. */
export class SummaryReaders {
  constructor(
    private readonly world: () => World,
    private readonly actors: Actors,
  ) {}

  /** Moves a provider's part by a plain update. */
  async move({ part }: OpenReferral, change: Partial<Task>): Promise<Task> {
    const task = await this.actors.read<Task>('provider-khl', `Task/${part}`);
    return this.actors.send('provider-khl', 'PUT', { ...task, ...change });
  }

  /** Ends a part by its business status, with a signed note. */
  async end(referral: OpenReferral, status: Task['status'], business: string): Promise<void> {
    const coding = [{ system: `${base}/CodeSystem/referral-business-status`, code: business }];
    const note = [{ authorString: 'Sam Invented', time: '2026-11-20T10:00:00Z', text: 'Heard by telephone.' }];
    await this.move(referral, { status, businessStatus: { coding }, note });
  }

  async current(referral: Referral, count = 1): Promise<DocumentReference> {
    const found = await this.all(referral, count);
    const [current, ...others] = found.filter(({ status }) => status === 'current');
    if (!current || others.length > 0) throw new Error(`${String(others.length + 1)} summaries are current.`);
    return current;
  }

  /** Those of a referral, once there are so many. */
  all({ request }: Referral, count: number): Promise<DocumentReference[]> {
    const query = `DocumentReference?related=ServiceRequest/${request}`;
    return eventually(
      () => this.actors.search<DocumentReference>('practice', query),
      (found) => found.length >= count,
    );
  }

  read({ id = '' }: DocumentReference): Promise<DocumentReference> {
    return this.actors.read('practice', `DocumentReference/${id}`);
  }

  async composition({ content }: DocumentReference): Promise<Composition> {
    const [first] = content;
    return this.actors.read('practice', first?.attachment.url?.replace('Binary', 'Composition') ?? '');
  }

  async document({ content }: DocumentReference): Promise<Bundle> {
    const id = content[0]?.attachment.url?.replace('Binary/', '') ?? '';
    const { body } = await this.world().send<Bundle>('practice', { path: `/fhir/Composition/${id}/$document` });
    return body;
  }

  acknowledge(as: As, { id = '' }: DocumentReference, by = 'Dr Invented'): Promise<Answer<DocumentReference>> {
    const body: Parameters = { resourceType: 'Parameters', parameter: [{ name: 'by', valueString: by }] };
    const path = `/fhir/DocumentReference/${id}/$acknowledge-summary`;
    return this.world().send<DocumentReference>(as, { method: 'POST', path, body });
  }

  choose(as: As, send?: boolean): Promise<Answer<Parameters>> {
    const path = '/fhir/DocumentReference/$summary-delivery';
    if (send === undefined) return this.world().send<Parameters>(as, { path });
    const body: Parameters = { resourceType: 'Parameters', parameter: [{ name: 'send', valueBoolean: send }] };
    return this.world().send<Parameters>(as, { method: 'POST', path, body });
  }
}

type As = SandboxClient | undefined;

/** The value of an extension of Ginnel's on a summary. */
export function extensionOf({ extension = [] }: DocumentReference, name: string): unknown[] {
  return extension
    .filter(({ url }) => url === `${base}/StructureDefinition/${name}`)
    .map(({ valueCode, valueDateTime, valueAnnotation }) => valueCode ?? valueDateTime ?? valueAnnotation);
}

export function wordsOf(composition: Composition): string {
  return [composition.text, ...(composition.section ?? []).map(({ text }) => text)]
    .map((text) => text?.div.replace(/<[^>]+>/g, ' ') ?? '')
    .join(' ');
}
