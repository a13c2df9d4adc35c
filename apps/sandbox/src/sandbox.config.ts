import { z } from 'zod';

const environment = z.object({
  GINNEL_DATA: z.string().min(1).optional(),
  GINNEL_NHS_NUMBER_CHECK: z.enum(['warn', 'error']).default('warn'),
  GINNEL_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});

/** The environment of the sandbox. */
export function readSandboxConfig(defaultFolder: string, variables: Record<string, string | undefined> = process.env) {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new Error(`These environment variables are wrong: ${names.join(', ')}.`);
  }
  const { GINNEL_DATA: dataFolder = defaultFolder, GINNEL_LOG_LEVEL: logLevel } = parsed.data;
  return { dataFolder, logLevel, nhsNumberCheck: parsed.data.GINNEL_NHS_NUMBER_CHECK };
}
