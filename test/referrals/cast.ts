import type { Endpoint, HealthcareService, Organization } from 'fhir/r4';
import type { TokenClient } from '#auth';
import { publicAudience } from '#fhir';
import { FhirStore } from '#fhir-store';
import { Database } from '#postgres';
import { heldTypes, schemaOf, serviceUrl } from '#service';
import {
  activityDirectoryService,
  routingKeysOf,
} from '../../apps/activity-directory/src/activity-directory.module.js';
import { activityWith } from '../directory-actors.js';
import { endpointAt } from '../gp-system.js';

/** How a practice sends its referrals. */
export type Way = 'message' | 'resource' | 'transaction';

export interface Practice {
  client: string;
  organisation: string;
  way: Way;
  /** Its ODS code, and the number of its return address. */
  ods: string;
  returnAddress: string;
}

export interface Provider {
  client: string;
  organisation: string;
  name: string;
  ods: string;
}

export interface Activity {
  id: string;
  provider: Provider;
  /** DoS service id. */
  service: string;
  places?: number;
  waitingList?: boolean;
}

export const practices: readonly Practice[] = [
  practice('worth-valley-practice', 'message', 1),
  practice('moor-edge-practice', 'resource', 2),
  practice('dale-head-practice', 'transaction', 3),
  practice('beck-side-practice', 'message', 4),
];

const living: Provider = {
  client: 'living',
  organisation: 'keighley-healthy-living',
  name: 'Keighley Healthy Living',
  ods: 'X99K1',
};
const six: Provider = { client: 'six', organisation: 'project-6', name: 'Project 6', ods: 'X99P6' };
export const providers: readonly Provider[] = [living, six];

/** Two that count their places, of which one keeps a waiting list. */
export const activities: readonly Activity[] = [
  { id: 'simulated-walks', provider: living, service: '2000099971' },
  { id: 'simulated-games', provider: six, service: '2000099972' },
  { id: 'simulated-pottery', provider: living, service: '2000099973', places: 5, waitingList: true },
  { id: 'simulated-chess', provider: six, service: '2000099974', places: 4 },
];

/** Clients with tokens made of the secret of a run. */
export function clientsOf(secret: string): TokenClient[] {
  const of = (client: string, role: TokenClient['role'], organisation: string): TokenClient => ({
    ...{ client, role, organisation },
    token: `${secret}-${client}`,
  });
  return [
    ...practices.map(({ client, organisation }) => of(client, 'practice', organisation)),
    ...providers.map(({ client, organisation }) => of(client, 'provider', organisation)),
    of('integrator', 'integrator', 'modality-airedale'),
  ];
}

/** Brings those who are not in the seed into the directory, and where the practices' return addresses lead. */
export async function seedCast(adminUrl: string, addressOf: (practice: Practice) => string): Promise<void> {
  const database = new Database({
    url: serviceUrl(adminUrl, 'activity-directory'),
    schema: schemaOf('activity-directory'),
    applicationName: 'ginnel-simulation',
    maxConnections: 1,
  });
  const store = new FhirStore(database, {
    types: heldTypes(activityDirectoryService),
    cursorSecret: '',
    now: () => new Date(),
  });
  const resources = [
    ...practices.slice(1).map(organisationOf),
    ...activities.map(activityOf),
    ...practices.map((one) => endpointOf(one, addressOf(one))),
  ];
  const writes = resources.map((resource) => ({
    ...{ interaction: 'create' as const, resource, audience: publicAudience, keys: routingKeysOf(resource) },
  }));
  await store
    .commit(writes, { agent: 'simulation', interaction: 'seed', correlationId: 'seed-simulation' })
    .finally(() => database.close());
}

function practice(organisation: string, way: Way, at: number): Practice {
  return { client: organisation, organisation, way, ods: `X99G${String(at)}`, returnAddress: `200009998${String(at)}` };
}

function organisationOf({ organisation, ods }: Practice): Organization {
  return {
    resourceType: 'Organization',
    id: organisation,
    identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: ods }],
    active: true,
    name: `${organisation} (invented)`,
  };
}

function activityOf({ id, provider, service, places, waitingList }: Activity): HealthcareService {
  const facts = {
    useCase: 'vcse',
    ...(places === undefined ? {} : { places }),
    ...(waitingList === undefined ? {} : { waitingList }),
  };
  return {
    ...activityWith(facts, id),
    id,
    identifier: [{ system: 'https://fhir.nhs.uk/Id/dos-service-id', value: service }],
    providedBy: { reference: `Organization/${provider.organisation}`, display: provider.name },
  };
}

function endpointOf({ organisation, returnAddress }: Practice, address: string): Endpoint {
  return endpointAt(address, {
    id: `return-${organisation}`,
    identifier: [{ system: 'https://fhir.nhs.uk/Id/dos-service-id', value: returnAddress }],
    managingOrganization: { reference: `Organization/${organisation}` },
  });
}
