import type { Caller, Role } from './caller.js';
import { type OperationPolicy, operations } from './operation-policy.js';
import { type Interaction, interactions, isPublished, types } from './policy.js';
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
export function refusalFor(caller: Pick<Caller, 'role' | 'scopes'>, permission: Permission): Refusal | undefined {
  const grants = grantsOf(caller);
  if ('interaction' in permission) {
    if (!isInRow(caller.role, permission)) return 'role';
    return grants && refusedInteraction(grants, permission);
  }
  const policy = operationNamed(permission.operation);
  if (!policy?.roles.includes(caller.role)) return 'role';
  const needed = neededBy(policy, permission.type);
  if (!needed.every((each) => mayUse(caller.role, each))) return 'role';
  return grants && refusedOperation(grants, { ...policy, code: permission.operation, needed });
}

/** Letters of a scope, and the type that they are for. */
interface Needed {
  type: string;
  letters: string;
}

/** Where no type is addressed the operation asks itself, for each type that it comes to. */
function neededBy({ needs }: OperationPolicy, addressed: string | undefined): Needed[] {
  return needs.flatMap(({ type, letters: wanted }) => {
    const meant = type === '*' ? addressed : type;
    return meant === undefined ? [] : [{ type: meant, letters: wanted }];
  });
}

function mayUse(role: Role, { type, letters: wanted }: Needed): boolean {
  return interactions
    .filter((interaction) => wanted.includes(letters[interaction]))
    .every((interaction) => isInRow(role, { type, interaction }));
}

function isInRow(role: Role, { type, interaction }: { type: string; interaction: Interaction }): boolean {
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

function refusedInteraction(
  grants: ScopeGrants,
  { interaction, type, conditional = false }: Extract<Permission, { interaction: Interaction }>,
): Refusal | undefined {
  if (isPublished(type)) return undefined;
  // What a conditional update does not find it makes.
  const makes = conditional && interaction === 'update' ? 'c' : '';
  return refusedLetters(grants, { type, letters: `${letters[interaction]}${conditional ? 's' : ''}${makes}` });
}

/** What is written under the search parameters of a scope is held to them only where the same hold for what is read. */
function refusedLetters(grants: ScopeGrants, { type, letters: needed }: Needed): Refusal | undefined {
  const [free, given] = [grants.free(type), grants.letters(type)];
  const lacking = needed.split('').filter((letter) => !free.includes(letter));
  if (lacking.some((letter) => !given.includes(letter))) return 'scope';
  const within = grants.within(type);
  return lacking.some((letter) => 'cud'.includes(letter) && !within.includes(letter)) ? 'narrowed' : undefined;
}

function refusedOperation(
  grants: ScopeGrants,
  { code, needed, ownScope = false, narrowed }: OperationPolicy & { code: string; needed: readonly Needed[] },
): Refusal | undefined {
  if (ownScope && !grants.has({ kind: 'operation', code })) return 'scope';
  const lacking = needed.map((each) => refusedLetters(grants, each)).find((refusal) => refusal !== undefined);
  if (lacking) return lacking;
  const limited = grants.narrowings.map(({ type }) => type);
  const isBeyond = narrowed === 'never' ? limited.length > 0 : needed.some(({ type }) => limited.includes(type));
  return narrowed !== 'honoured' && isBeyond ? 'narrowed' : undefined;
}
