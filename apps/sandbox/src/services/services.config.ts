import { z } from 'zod';
import { natsNamespace } from '#service';

const environment = z.object({
  GINNEL_NATS_NAMESPACE: natsNamespace.optional(),
  GINNEL_NHS_NUMBER_CHECK: z.enum(['warn', 'error']).default('warn'),
});

type Variables = Record<string, string | undefined>;

/** What the operator may choose for services in processes of their own, beside what holds for every sandbox. */
export function readServicesConfig(variables: Variables = process.env) {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new Error(`These environment variables are wrong: ${names.join(', ')}.`);
  }
  const { GINNEL_NATS_NAMESPACE, GINNEL_NHS_NUMBER_CHECK } = parsed.data;
  return { namespace: GINNEL_NATS_NAMESPACE, nhsNumberCheck: GINNEL_NHS_NUMBER_CHECK };
}

const kept = ['PATH', 'Path', 'HOME', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/** The environment of a service, from scratch: what it is given, what Node needs of the machine, none of our secrets. */
export function environmentOf(given: Variables, variables: Variables = process.env): Record<string, string> {
  const machine = kept.map((name) => [name, variables[name]] as const);
  const set = [...machine, ...Object.entries(given)].filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(set);
}
