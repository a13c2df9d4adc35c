import { z } from 'zod';
import { limitsIn, limitVariables } from '#service';

const environment = z.object({
  ...limitVariables,
  GINNEL_DATA: z.string().min(1).optional(),
  GINNEL_NHS_NUMBER_CHECK: z.enum(['warn', 'error']).default('warn'),
  GINNEL_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
  /** FHIR packages, as a service of its own process takes them. */
  GINNEL_PACKAGES: z.string().default(''),
  /** The register of people, as a service of its own process takes it. */
  GINNEL_REGISTER_FILE: z.string().default(''),
  /** Pages that browsers let call, as a service of its own process takes them. */
  GINNEL_CORS_ORIGINS: z.string().default(''),
});

/** The environment of the sandbox. */
export function readSandboxConfig(defaultFolder: string, variables: Record<string, string | undefined> = process.env) {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new Error(`These environment variables are wrong: ${names.join(', ')}.`);
  }
  const { GINNEL_DATA: dataFolder = defaultFolder, GINNEL_LOG_LEVEL: logLevel } = parsed.data;
  const { GINNEL_NHS_NUMBER_CHECK: nhsNumberCheck, GINNEL_PACKAGES, GINNEL_CORS_ORIGINS } = parsed.data;
  const [packages, origins] = [listIn(GINNEL_PACKAGES), listIn(GINNEL_CORS_ORIGINS)];
  const { GINNEL_REGISTER_FILE: registerFile } = parsed.data;
  return { dataFolder, logLevel, nhsNumberCheck, limits: limitsIn(parsed.data), packages, origins, registerFile };
}

function listIn(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '');
}
