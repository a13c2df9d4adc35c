import type { Meta } from 'fhir/r4';
import { type Fields, isFields } from './fields.js';
import { type Check, type Inspection } from './inspection.js';
import { type ProfileChecks } from './profiles/profile-checks.js';
import { quotedUrl } from './quoting.js';
import { insideResource } from './resource-check.js';

/** Holds a sound resource to the profiles that it says it keeps, as far as they are known. */
export function claimedProfilesCheck(checks: ProfileChecks): Check {
  return (value, inspection) => {
    for (const [index, canonical] of claimedBy(value).entries()) {
      const found = checks.profiles.find(canonical);
      const place = `meta.profile[${String(index)}]`;
      if (found === undefined)
        inspection.remark(
          'not-found',
          `The profile${quotedUrl(canonical)} is not known here and was not checked.`,
          place,
        );
      else if ('refused' in found) inspection.warn('not-supported', found.refused, place);
      else if (isOfType(value as Fields, found.type)) checks.check(canonical, value, inspection);
      else {
        const { resourceType } = value as { resourceType: string };
        inspection.fault('value', `The profile is of ${found.type}, and this is a ${resourceType}.`, place);
      }
    }
  };
}

/** Holds a resource to profiles that the caller names; those that it claims are checked already. */
export function checkNamedProfiles(
  profiles: readonly string[],
  { value, checks }: { value: unknown; checks: ProfileChecks },
  inspection: Inspection,
): void {
  if (!isFields(value)) return;
  const isSound = inspection.faults === 0;
  const claimed = claimedBy(value);
  for (const canonical of profiles) {
    const found = checks.profiles.find(canonical);
    if (found === undefined) inspection.fault('not-found', `The profile${quotedUrl(canonical)} is not known here.`);
    else if ('refused' in found) inspection.fault('not-supported', found.refused);
    else if (!isOfType(value, found.type)) {
      const { resourceType } = value as { resourceType: string };
      inspection.fault('value', `The profile ${canonical} is of ${found.type}, and this is a ${resourceType}.`);
    } else if (isSound && !claimed.includes(canonical)) {
      insideResource(value, inspection, () => {
        checks.check(canonical, value, inspection);
      });
    }
  }
}

function claimedBy(value: unknown): readonly string[] {
  const { meta } = value as { meta?: Meta };
  return Array.isArray(meta?.profile) ? meta.profile.filter((one) => typeof one === 'string') : [];
}

function isOfType({ resourceType }: Fields, type: string): boolean {
  return resourceType === type || type === 'Resource' || type === 'DomainResource';
}
