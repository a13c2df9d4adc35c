import type { Coding, Provenance, Reference } from 'fhir/r4';
import type { Audience } from '#fhir';
import { type Act, personsOfWrites, type Write } from '#fhir-store';

const base = 'https://ginnel.org.uk/fhir';

/** What a service writes on somebody's behalf. */
export interface OnBehalf {
  /** The writes of the commit that this provenance is part of, all with ids of their own. */
  writes: readonly Write[];
  act: Act;
  /** Whose work it is; absent where nobody's but Ginnel's. */
  onBehalfOf?: Reference | undefined;
  /** Versioned references of what it was made from. */
  sources?: readonly string[];
  audience: Audience;
  now: Date;
}

/** Who wrote these versions, and on whose behalf: committed together with them, and read by whoever may read them. */
export function provenanceWrite({ writes, act, onBehalfOf, sources = [], audience, now }: OnBehalf): Write {
  const time = now.toISOString();
  const isNew = writes.every(({ interaction }) => interaction === 'create');
  const security = labelsOf(writes);
  const resource: Provenance = {
    resourceType: 'Provenance',
    ...(security.length > 0 ? { meta: { security } } : {}),
    target: writes.flatMap(targetOf),
    occurredDateTime: time,
    recorded: time,
    activity: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: isNew ? 'CREATE' : 'UPDATE' }],
    },
    agent: [
      {
        who: { identifier: { system: `${base}/Id/service`, value: act.agent } },
        ...(onBehalfOf ? { onBehalfOf } : {}),
      },
    ],
    entity: [
      ...sources.map((reference) => ({ role: 'source' as const, what: { reference } })),
      { role: 'source', what: { identifier: { system: `${base}/Id/correlation`, value: act.correlationId } } },
    ],
  };
  // It names what was written, not whom that is about.
  return { interaction: 'create', resource, audience, persons: personsOfWrites(writes) };
}

/** What is restricted is restricted with all that speaks of it. */
function labelsOf(writes: readonly Write[]): Coding[] {
  const labels = writes.flatMap((write) => ('resource' in write ? (write.resource.meta?.security ?? []) : []));
  return labels.filter(
    ({ system, code }, at) => labels.findIndex((one) => one.system === system && one.code === code) === at,
  );
}

function targetOf(write: Write): Reference[] {
  if (write.interaction === 'delete') return [];
  const { resourceType, id } = write.resource;
  const version = write.interaction === 'create' ? 1 : write.version + 1;
  return id === undefined ? [] : [{ reference: `${resourceType}/${id}/_history/${String(version)}` }];
}
