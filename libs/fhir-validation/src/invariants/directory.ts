import type { Address, ContactPoint, Organization } from 'fhir/r4';
import { type FastInvariants } from '../invariant.js';
import { has } from './presence.js';

export const directoryInvariants: FastInvariants = {
  'Organization: org-1': (organization: Organization) =>
    organization.identifier !== undefined || has(organization, 'name'),
  'Organization.address: org-2': ({ use }: Address) => use !== 'home',
  'Organization.telecom: org-3': ({ use }: ContactPoint) => use !== 'home',
};
