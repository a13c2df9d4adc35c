import { z } from 'zod';

const environment = z.object({
  GINNEL_DATA: z.string().min(1).optional(),
  GINNEL_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});

/** The environment of the sandbox. */
export function readSandboxConfig(defaultFolder: string, variables: Record<string, string | undefined> = process.env) {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new Error(`These environment variables are wrong: ${names.join(', ')}.`);
  }
  return { dataFolder: parsed.data.GINNEL_DATA ?? defaultFolder, logLevel: parsed.data.GINNEL_LOG_LEVEL };
}
