import { type FhirPackage, readPackages } from '#fhir-server';
import type { Logger } from '#observability';

/** The FHIR packages of the configuration, told in the log by name and version; one that cannot be read stops the start. */
export async function loadedPackages(paths: readonly string[], log: Logger): Promise<FhirPackage[]> {
  const packages = await readPackages(paths);
  const names = packages.map(({ name, version }) => `${name}#${version}`);
  if (names.length > 0) log.info({ packages: names }, 'FHIR packages were loaded');
  const missing = [...new Set(packages.flatMap(({ dependencies }) => dependencies))].filter(
    (dependency) => !packages.some(({ name }) => dependency.startsWith(`${name}#`)),
  );
  if (missing.length > 0) {
    log.warn({ missing }, 'packages that loaded ones build on were not loaded: what only they define is not checked');
  }
  return packages;
}
