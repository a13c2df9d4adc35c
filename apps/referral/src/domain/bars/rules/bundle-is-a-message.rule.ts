import { error, type Issue } from '#fhir';

/** https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage: type is fixed, timestamp is demanded; answers name the id. */
export function bundleIsAMessage(received: unknown): Issue[] {
  const { resourceType, type, id, timestamp } = fieldsOf(received);
  if (typeof resourceType !== 'string') {
    return [error('invalid', 'The body is not a FHIR resource; send a Bundle of type message.', 'resourceType')];
  }
  if (resourceType !== 'Bundle') {
    const said = `The body is ${/^[A-Z][A-Za-z]{1,40}$/.test(resourceType) ? resourceType : 'not a resource type'}`;
    return [error('invalid', `${said}; $process-message takes a Bundle of type message.`, 'resourceType')];
  }
  if (type !== 'message') {
    return [error('invalid', 'Bundle.type is not message; $process-message takes nothing else.', 'Bundle.type')];
  }
  return [
    ...demanded(id, 'Bundle.id is missing; answers name the message by it.', 'Bundle.id'),
    ...demanded(timestamp, 'Bundle.timestamp is missing; say when the message was made.', 'Bundle.timestamp'),
  ];
}

function demanded(value: unknown, diagnostics: string, expression: string): Issue[] {
  return typeof value === 'string' && value !== '' ? [] : [error('required', diagnostics, expression)];
}

function fieldsOf(received: unknown): Readonly<Record<string, unknown>> {
  return typeof received === 'object' && received !== null ? (received as Record<string, unknown>) : {};
}
