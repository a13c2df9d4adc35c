import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, CapabilityStatement, OperationDefinition, OperationOutcome } from 'fhir/r4';
import { type Interaction, operations, type PolicedType, type Role, roles, type TokenClient, types } from '#auth';
import { accessTables } from './access/tables.js';
import { type Sent, startWorld, type World } from './world.js';

let world: World;
let rest: NonNullable<CapabilityStatement['rest']>[number];
let defined: OperationDefinition[];

const clients: TokenClient[] = roles.map((role) => ({
  client: `a-${role}`,
  role,
  organisation: 'worth-valley-practice',
  token: tokenOf(role),
  ...(role === 'patient' ? { patient: 'link-1' } : {}),
}));

function tokenOf(role: Role): string {
  return `the-token-of-${role}-in-this-test`;
}

interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Whether the table lets a role through. */
  opens: (role: Role) => boolean;
  headers?: Record<string, string>;
}

beforeAll(async () => {
  world = await startWorld({ clients, limits: { requests: 1_000_000, attempts: 1_000_000 } });
  const statement = await world.send<CapabilityStatement>(undefined, { path: '/fhir/metadata' });
  rest = statement.body.rest?.[0] ?? { mode: 'server' };
  const path = '/fhir/OperationDefinition?_count=200';
  const { body } = await world.send<Bundle<OperationDefinition>>('integrator', { path });
  defined = (body.entry ?? []).flatMap(({ resource }) => resource ?? []);
});
afterAll(async () => {
  await world.stop();
});

function calls(): Call[] {
  const resources = rest.resource ?? [];
  return [
    ...resources.flatMap(({ type, interaction = [] }) => interaction.flatMap(({ code }) => callsOf(type, code))),
    ...resources.flatMap(({ type, conditionalCreate, conditionalUpdate, conditionalDelete }) =>
      conditionalCalls(type, { conditionalCreate, conditionalUpdate, conditionalDelete }),
    ),
    ...defined.flatMap(operationCalls),
  ];
}

function callsOf(type: string, code: string): Call[] {
  const opens = (interaction: Interaction) => (role: Role) => types[type as PolicedType][role].includes(interaction);
  const at = `/fhir/${type}`;
  const known: Record<string, Call[]> = {
    read: [{ method: 'GET', path: `${at}/absent`, opens: opens('read') }],
    vread: [{ method: 'GET', path: `${at}/absent/_history/1`, opens: opens('vread') }],
    'history-instance': [{ method: 'GET', path: `${at}/absent/_history`, opens: opens('history') }],
    'history-type': [{ method: 'GET', path: `${at}/_history?_count=1`, opens: opens('history-type') }],
    'search-type': [
      { method: 'GET', path: `${at}?_id=absent`, opens: opens('search') },
      { method: 'POST', path: `${at}/_search`, opens: opens('search'), headers: form },
    ],
    create: [{ method: 'POST', path: at, opens: opens('create') }],
    update: [{ method: 'PUT', path: `${at}/absent`, opens: opens('update') }],
    patch: [{ method: 'PATCH', path: `${at}/absent`, opens: opens('patch') }],
    delete: [{ method: 'DELETE', path: `${at}/absent`, opens: opens('delete') }],
  };
  const found = known[code];
  if (!found) throw new Error(`${type} has an interaction that this test does not know: ${code}`);
  return found;
}

const form = { 'content-type': 'application/x-www-form-urlencoded' };

function conditionalCalls(
  type: string,
  can: { conditionalCreate: unknown; conditionalUpdate: unknown; conditionalDelete: unknown },
): Call[] {
  const opens = (interaction: Interaction) => (role: Role) => types[type as PolicedType][role].includes(interaction);
  const path = `/fhir/${type}?_id=absent`;
  const headers = { 'if-none-exist': '_id=absent' };
  const isDeleted = can.conditionalDelete !== undefined && can.conditionalDelete !== 'not-supported';
  return [
    ...(can.conditionalCreate === true
      ? [{ method: 'POST' as const, path: `/fhir/${type}`, opens: opens('create'), headers }]
      : []),
    ...(can.conditionalUpdate === true
      ? [
          { method: 'PUT' as const, path, opens: opens('update') },
          { method: 'PATCH' as const, path, opens: opens('patch') },
        ]
      : []),
    ...(isDeleted ? [{ method: 'DELETE' as const, path, opens: opens('delete') }] : []),
  ];
}

function operationCalls({ code, system, type, instance, resource = [], affectsState }: OperationDefinition): Call[] {
  // By GET a resource that is stored is judged, for those only who may read it.
  const method = affectsState === true || code === 'validate' ? 'POST' : 'GET';
  const isStored = (each: string): boolean =>
    rest.resource?.some(({ type: name, readHistory }) => name === each && readHistory === true) === true;
  const places = [
    ...(system ? ['/fhir'] : []),
    ...(type ? resource.map((each) => `/fhir/${each}`) : []),
    ...(instance ? resource.filter(isStored).map((each) => `/fhir/${each}/absent`) : []),
  ];
  return places.map((place) => ({ method, path: `${place}/$${code}`, opens: (role) => mayCall(role, code, place) }));
}

/** The role stands in the line of the operation, and may do with the types that it needs what it needs. */
function mayCall(role: Role, code: string, place: string): boolean {
  const [, , addressed] = place.split('/');
  const { roles: callers = [], needs = [] } = operations[code] ?? {};
  return (
    callers.includes(role) &&
    needs.every(({ type, letters }) => {
      const meant = type === '*' ? addressed : type;
      if (meant === undefined) return true;
      const row = types[meant as PolicedType][role];
      return [...new Set(letters.split(''))].every((letter) => row.includes(byLetter[letter] ?? 'delete'));
    })
  );
}

const byLetter: Readonly<Record<string, Interaction>> = { c: 'create', r: 'read', u: 'update', s: 'search' };

/** What came of it: let through, whatever was answered then, or refused by the policy. */
async function verdict(call: Call, token?: string): Promise<string> {
  const { status, body } = await world.send<OperationOutcome>(undefined, requestOf(call, token));
  // Some operations that change nothing take a body only.
  if (status === 405 && call.method === 'GET') return verdict({ ...call, method: 'POST' }, token);
  if (status === 401 || status >= 500) return String(status);
  const said = status === 403 ? (body.issue[0]?.diagnostics ?? '') : '';
  return /^A client of role \S+ may not /.test(said) ? 'refused' : 'opened';
}

function requestOf({ method, path, headers = {} }: Call, token: string | undefined): Sent {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const request = { method, path, headers: { ...headers, ...authorization } };
  if (method === 'GET' || method === 'DELETE') return request;
  return { ...request, body: headers === form ? '' : {} };
}

describe('every route that the CapabilityStatement tells of', () => {
  it('opens to the roles that the table of policies names, and to nobody else', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const call of calls()) {
      const verdicts = await Promise.all(roles.map((role) => verdict(call, tokenOf(role))));
      roles.forEach((role, at) => {
        const expected = call.opens(role) ? 'opened' : 'refused';
        if (verdicts[at] !== expected) wrong.push(`${role}: ${call.method} ${call.path} is ${String(verdicts[at])}`);
      });
      asked += roles.length;
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(4_000);
  }, 300_000);

  it('opens to nobody without a token', async () => {
    const verdicts = await Promise.all(calls().map((call) => verdict(call)));
    expect(new Set(verdicts)).toEqual(new Set(['401']));
  }, 120_000);

  it('names every type that has a policy, and every operation', () => {
    const named = (rest.resource ?? []).map(({ type }) => type as string);
    expect(named.sort()).toEqual(Object.keys(types).sort());
    const codes = new Set(defined.filter(({ kind }) => kind === 'operation').map(({ code }) => code));
    expect([...codes].sort()).toEqual(Object.keys(operations).sort());
  });
});

describe('docs/access.md', () => {
  it('shows the table as it is', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/access.md'), 'utf8');
    for (const table of accessTables()) expect(page).toContain(table);
  });
});
