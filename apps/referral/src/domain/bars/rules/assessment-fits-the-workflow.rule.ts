import { error, type Issue } from '#fhir';
import { entriesOf, type Message } from '../message.js';
import { isRequest, kindOf, workflows } from '../workflow.js';

/** The sender's CarePlan and Encounter say whether the care was handed over (referral) or goes on (validation). */
export function assessmentFitsTheWorkflow(message: Message): Issue[] {
  const kind = kindOf(message);
  if (!isRequest(kind)) return [];
  const { carePlan, encounter } = workflows[kind];
  return [
    ...entriesOf(message, 'Encounter').flatMap(({ path, resource }) =>
      resource.status === 'planned'
        ? [error('invariant', `Encounter.status is planned: that is an answer, not a ${kind}.`, `${path}.status`)]
        : statusIsOneOf({ type: 'Encounter', status: resource.status, path, kind }, encounter),
    ),
    ...entriesOf(message, 'CarePlan').flatMap(({ path, resource }) =>
      statusIsOneOf({ type: 'CarePlan', status: resource.status, path, kind }, carePlan),
    ),
  ];
}

interface Found {
  type: string;
  status: string;
  path: string;
  kind: string;
}

function statusIsOneOf({ type, status, path, kind }: Found, allowed: readonly string[] | undefined): Issue[] {
  if (allowed === undefined || allowed.includes(status)) return [];
  const said = `${type}.status is ${status}; a ${kind} has ${allowed.join(' or ')}.`;
  return [error('invariant', said, `${path}.status`)];
}
