import { owners } from '#fhir';
import type { Caller, Role } from './caller.js';

/** What is asked for: an interaction with a type, or an operation by its code (without the dollar). */
export type Permission = { interaction: 'read' | 'write'; type: string } | { operation: string };

interface Grant {
  read: readonly string[];
  write: readonly string[];
  operations: readonly string[];
}

const all: readonly string[] = ['*'];
const none: Grant = { read: [], write: [], operations: [] };
const directory = owners['activity-directory'];
const person = owners.referral;
const terminology = ['expand', 'lookup', 'validate-code', 'translate', 'subsumes'];
const answers = ['QuestionnaireResponse', 'Observation'];
const records = ['Composition', 'DocumentReference', 'Binary'];
/** A Composition says what became of a person: Ginnel makes it. */
const documents = ['DocumentReference', 'Binary'];

/**
 * Who may ask for what; what is not written here is denied. It opens the door only: whose resources they are is the
 * audience's matter, and what a write must hold is its ResourceWrites'.
 */
const grants: Record<Role, Grant> = {
  practice: {
    read: [...person, ...directory, ...owners.questionnaire, ...records, 'Library', 'Measure', ...owners.subscriptions],
    write: [...person, ...answers, ...documents, ...owners.subscriptions],
    operations: [
      ...terminology,
      'find-activities',
      'validate',
      'process-message',
      'populate',
      'next-question',
      'extract',
      'document',
      'everything',
      'meta',
      'meta-add',
      'meta-delete',
      'status',
      'events',
    ],
  },
  provider: {
    read: [...person, ...directory, ...owners.questionnaire, ...records, 'Library', 'Measure', ...owners.subscriptions],
    write: [...person, ...directory, ...answers, ...documents, ...owners.subscriptions],
    operations: [
      ...terminology,
      'find-activities',
      'validate',
      'process-message',
      'populate',
      'next-question',
      'extract',
      'document',
      'everything',
      'meta',
      'meta-add',
      'meta-delete',
      'status',
      'events',
      'switch',
    ],
  },
  analyst: {
    read: [
      ...directory,
      'Questionnaire',
      'ValueSet',
      'CodeSystem',
      'ConceptMap',
      'Measure',
      'MeasureReport',
      'Group',
      'Library',
    ],
    // A cohort and its figures are the analyst's own; what they are made of is not.
    write: ['Group', 'MeasureReport'],
    operations: [
      ...terminology,
      'find-activities',
      'validate',
      'meta',
      'evaluate-measure',
      'evaluation',
      'export',
      'viewdefinition-run',
      'sqlquery-run',
    ],
  },
  integrator: { read: all, write: all, operations: all },
  'link-worker': none,
  operator: none,
  patient: none,
};

export function isPermitted({ role }: Caller, permission: Permission): boolean {
  const grant = grants[role];
  if ('operation' in permission) return holds(grant.operations, permission.operation);
  return holds(grant[permission.interaction], permission.type);
}

function holds(granted: readonly string[], name: string): boolean {
  return granted === all || granted.includes(name);
}
