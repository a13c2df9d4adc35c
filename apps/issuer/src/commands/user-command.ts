import { parseArgs } from 'node:util';
import { roles } from '#auth';
import type { Issuer } from '../issuer.js';
import { makePassword, problemOfPassword } from '../people/password.js';
import { type CommandInput, type Done, issuerCommands } from './command.js';

/** `user add|remove` */
export async function onUser(issuer: Issuer, [verb, ...words]: readonly string[], input: CommandInput): Promise<Done> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      role: { type: 'string' },
      organisation: { type: 'string' },
      'fhir-user': { type: 'string' },
      password: { type: 'string' },
    },
  });
  const [name] = positionals;
  if (name === undefined || positionals.length > 1) throw new Error(issuerCommands.user.join('\n'));
  if (verb === 'remove') return remove(issuer, name);
  if (verb !== 'add') throw new Error(issuerCommands.user.join('\n'));
  const { 'fhir-user': fhirUser, ...given } = values;
  return add(issuer, { name, fhirUser, ...given }, input);
}

async function remove({ people }: Issuer, name: string): Promise<Done> {
  if (!(await people.remove(name))) throw new Error(`There is nobody called ${name}.`);
  return { lines: [`${name} cannot sign in any more; their tokens end within a minute.`] };
}

interface Wanted {
  name: string;
  role?: string | undefined;
  organisation?: string | undefined;
  fhirUser?: string | undefined;
  password?: string | undefined;
}

async function add({ people }: Issuer, wanted: Wanted, input: CommandInput): Promise<Done> {
  const person = personIn(wanted);
  // Words of a command are seen by others on the machine, and kept by shells.
  if (wanted.password !== undefined && wanted.password !== '-')
    throw new Error('--password takes - only: the password is read from standard input.');
  const made = wanted.password === undefined ? makePassword() : undefined;
  const password = made ?? (await input.standardInput()).trim();
  const problem = problemOfPassword(password);
  if (problem !== undefined) throw new Error(problem);
  if (!(await people.add({ ...person, password }))) throw new Error(`There is somebody called ${person.name} already.`);
  const shown = made === undefined ? [] : [`Password, shown this once: ${made}`];
  return { lines: [`${person.name} may sign in, as ${person.role} of ${person.organisation}.`, ...shown] };
}

function personIn({ name, organisation, fhirUser, ...wanted }: Wanted) {
  const role = roles.find((one) => one === wanted.role);
  if (!role) throw new Error(`A role is one of ${roles.join(', ')}.`);
  if (!/^[\p{L}\p{N}][\p{L}\p{N} .@_-]{0,99}$/u.test(name))
    throw new Error('A name is 1 to 100 letters, digits, spaces and . @ _ -');
  if (organisation === undefined || !/^[A-Za-z0-9.-]{1,64}$/.test(organisation))
    throw new Error('The organisation is the logical id of the Organization that the person acts for.');
  if (fhirUser !== undefined && !/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(fhirUser))
    throw new Error('The FHIR user is a reference, such as Practitioner/one.');
  return { name, role, organisation, ...(fhirUser === undefined ? {} : { fhirUser }) };
}
