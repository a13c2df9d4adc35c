import { Authenticator, type Caller, type Role, unauthorized } from '#auth';
import type { Dice } from '../hostile/dice.js';
import { referencesOf } from './queries.js';
import { idOf, types } from './records.js';

/** Somebody who asks, and as what. */
export interface Actor {
  name: string;
  caller: Caller;
}

const organisationsAtMost = 6;
const asking: readonly Role[] = ['practice', 'provider', 'link-worker', 'analyst'];

/** Organisations of a world, as many as the dice say. */
export function organisationsOf(dice: Dice): string[] {
  const count = 3 + dice.below(organisationsAtMost - 2);
  return Array.from({ length: count }, (_, at) => `organisation-${String(at)}`);
}

/** Of each organisation two that ask, by roles that the dice say. */
export function actorsOf(organisations: readonly string[], dice: Dice): Actor[] {
  return organisations.flatMap((organisation) =>
    ['first', 'second'].map((which) => {
      const role = dice.of(asking);
      const name = `${which}-of-${organisation}`;
      const marks = [organisation, 'public'];
      const restricted = dice.chance(0.3) ? marks.map((mark) => `${mark}#R`) : [];
      const narrowings = dice.chance(0.4) ? [narrowingOf(dice), narrowingOf(dice)] : [];
      return { name, caller: { client: name, role, organisation, audience: [...marks, ...restricted, ...narrowings] } };
    }),
  );
}

/** Who does not see a code system is told of no code of it: what `:below` asks is then not known. */
const speaksOfCodes = ['CodeSystem', 'ValueSet'];

/** As a scope with search parameters narrows what is read of a type. */
function narrowingOf(dice: Dice): string {
  const type = dice.of(types.filter((each) => !speaksOfCodes.includes(each)));
  const pointed = referencesOf(type);
  const { code, targets } =
    dice.chance(0.5) && pointed.length > 0 ? dice.of(pointed) : { code: '_id', targets: [type] };
  const target = dice.of(targets);
  const some = [0, 1, 2].map((at) => (code === '_id' ? '' : `${target}/`) + idOf(target, at));
  return `${type}?${code}=${some.join()}`;
}

/** Sees everything: what it gets is what there is. */
export const integrator: Actor = {
  name: 'all-seeing',
  caller: { client: 'all-seeing', role: 'integrator', audience: ['*'] },
};

/** Knows each actor by its name, which is its token. */
export class ActorsByName extends Authenticator {
  readonly #callers: ReadonlyMap<string, Caller>;

  constructor(actors: readonly Actor[]) {
    super();
    this.#callers = new Map(actors.map(({ name, caller }) => [`Bearer ${name}`, caller]));
  }

  override authenticate({ authorization = '' }: Readonly<Record<string, string>>): Promise<Caller> {
    const caller = this.#callers.get(authorization);
    return caller ? Promise.resolve(caller) : Promise.reject(unauthorized('There is no such actor.'));
  }
}
