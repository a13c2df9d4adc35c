import type { Provenance, Task } from 'fhir/r4';
import { base, occurredAtExtension } from './codes.js';
import { extensionOf } from './extensions.js';

/** Who asked for a change, in which conversation. */
export interface Doing {
  agent: string;
  /** Organization of the agent; a service that acts by itself has none. */
  organisation?: string;
  interaction?: string;
  correlationId: string;
}

/** What the clock does happens when it does it: a reminder leaves the Task the time of its last turn. */
const clockInteraction = 'referral-clock';

/** Who took a turn, on whose behalf, when it happened and when it was told. https://hl7.org/fhir/R4/provenance.html */
export function turnProvenance(
  task: Task,
  { version, act, now }: { version: number; act: Doing; now: Date },
): Provenance {
  const recorded = now.toISOString();
  const kind = act.organisation === undefined ? 'service' : 'client';
  const said = act.interaction === clockInteraction ? undefined : extensionOf(task, occurredAtExtension)?.valueDateTime;
  return {
    resourceType: 'Provenance',
    target: [{ reference: `Task/${task.id ?? ''}/_history/${String(version)}` }],
    occurredDateTime: said ?? recorded,
    recorded,
    activity: task.businessStatus ?? { text: task.status },
    agent: [
      {
        who: { identifier: { system: `${base}/Id/${kind}`, value: act.agent } },
        ...(act.organisation === undefined ? {} : { onBehalfOf: { reference: `Organization/${act.organisation}` } }),
      },
    ],
    entity: [{ role: 'source', what: { identifier: { system: `${base}/Id/correlation`, value: act.correlationId } } }],
  };
}
