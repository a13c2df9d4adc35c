import type { ResolveHook } from 'node:module';

/** Modules of the build, and what stands in their place here. */
const replaced: readonly [end: string, by: string][] = [
  ['/libs/fhir-store/src/audit/audit-columns.js', 'audit-columns.js'],
  ['/libs/fhir-store/src/audit/audit-row.js', 'audit-row.js'],
  ['/libs/auth/src/permission.js', 'permission.js'],
  ['/libs/auth/src/bearer-tokens.js', 'bearer-tokens.js'],
];

/** Gives a stand-in to everybody but the stand-in itself. */
export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context);
  const [, by] = replaced.find(([end]) => resolved.url.endsWith(end)) ?? [];
  if (by === undefined || context.parentURL?.includes('/test/bench/without/') === true) return resolved;
  return { ...resolved, url: new URL(by, import.meta.url).href };
};
