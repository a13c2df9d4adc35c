import type { Caller } from './caller.js';
import { type Interaction, isPublished, type OperationPolicy, operations, types } from './policy.js';
import { grantsOf, type ScopeGrants } from './scope-grants.js';

/** What is asked for: an interaction with a type, or an operation by its code, without the dollar, at a type or at none. */
export type Permission =
  | {
      interaction: Interaction;
      type: string;
      /** By criteria instead of an id: who may not search a type learns nothing of it by writing. */
      conditional?: boolean;
    }
  | { operation: string; type?: string };

/** Why not: the role may not, the scopes do not give it, or they give it with limits that cannot be held to. */
export type Refusal = 'role' | 'scope' | 'narrowed';

export function isPermitted(caller: Pick<Caller, 'role' | 'scopes'>, permission: Permission): boolean {
  return refusalFor(caller, permission) === undefined;
}

/** Role and scopes both must allow it; undefined where they do. */
export function refusalFor(
  { role, scopes }: Pick<Caller, 'role' | 'scopes'>,
  permission: Permission,
): Refusal | undefined {
  const policy = 'operation' in permission ? operationNamed(permission.operation) : undefined;
  const isForRole = 'operation' in permission ? policy?.roles.includes(role) : isInRow({ role }, permission);
  if (isForRole !== true) return 'role';
  const grants = grantsOf({ role, ...(scopes ? { scopes } : {}) });
  if (!grants) return undefined;
  return policy ? refusedOperation(grants, permission, policy) : refusedInteraction(grants, permission);
}

type InteractionPermission = Extract<Permission, { interaction: Interaction }>;

function isInRow({ role }: Pick<Caller, 'role'>, permission: Permission): boolean {
  if (!('interaction' in permission)) return false;
  const { type, interaction } = permission;
  return Object.hasOwn(types, type) && types[type as keyof typeof types][role].includes(interaction);
}

function operationNamed(code: string): OperationPolicy | undefined {
  return Object.hasOwn(operations, code) ? operations[code] : undefined;
}

const letters: Readonly<Record<Interaction, string>> = {
  create: 'c',
  read: 'r',
  vread: 'r',
  history: 'r',
  'history-type': 's',
  search: 's',
  update: 'u',
  patch: 'u',
  delete: 'd',
};

function refusedInteraction(grants: ScopeGrants, permission: Permission): Refusal | undefined {
  const { interaction, type, conditional = false } = permission as InteractionPermission;
  if (isPublished(type)) return undefined;
  // What a conditional update does not find it makes.
  const makes = conditional && interaction === 'update' ? 'c' : '';
  const needed = `${letters[interaction]}${conditional ? 's' : ''}${makes}`;
  return refusedLetters(grants, { type, needed });
}

/** What is written under the search parameters of a scope is held to them only where the same hold for what is read. */
function refusedLetters(grants: ScopeGrants, { type, needed }: { type: string; needed: string }): Refusal | undefined {
  const [free, given] = [grants.free(type), grants.letters(type)];
  const lacking = needed.split('').filter((letter) => !free.includes(letter));
  if (lacking.some((letter) => !given.includes(letter))) return 'scope';
  const within = grants.within(type);
  return lacking.some((letter) => 'cud'.includes(letter) && !within.includes(letter)) ? 'narrowed' : undefined;
}

function refusedOperation(
  grants: ScopeGrants,
  permission: Permission,
  { needs, ownScope = false, narrowed }: OperationPolicy,
): Refusal | undefined {
  const { operation: code, type: addressed } = permission as Extract<Permission, { operation: string }>;
  if (ownScope && !grants.has({ kind: 'operation', code })) return 'scope';
  // Where no type is addressed the operation asks itself, for each type that it comes to.
  const needed = needs.flatMap(({ type, letters: wanted }) => {
    const meant = type === '*' ? addressed : type;
    return meant === undefined ? [] : [{ type: meant, needed: wanted }];
  });
  const lacking = needed.map((each) => refusedLetters(grants, each)).find((refusal) => refusal !== undefined);
  if (lacking) return lacking;
  const limited = grants.narrowings.map(({ type }) => type);
  const isBeyond = narrowed === 'never' ? limited.length > 0 : needed.some(({ type }) => limited.includes(type));
  return narrowed !== 'honoured' && isBeyond ? 'narrowed' : undefined;
}
