import type { Bundle, FhirResource, Parameters, ParametersParameter } from 'fhir/r4';
import type { OutgoingMessage } from './outgoing-message.js';

/** What became of a message at one try. */
export interface Tried {
  state: 'sent' | 'waiting' | 'stopped' | 'unaddressed';
  /** This one included. */
  tries: number;
  /** FHIR instant. */
  at: string;
  error?: string | undefined;
  /** Of its answer, where one came. */
  status?: number | undefined;
  answer?: FhirResource | undefined;
}

/** The last try of a message: who follows it is told by this, and the answer of the other side is kept in it as proof. */
export function triedBundle({ communicationId }: OutgoingMessage, tried: Tried): Bundle {
  const { state, tries, at, error, status, answer } = tried;
  const parameter: ParametersParameter[] = [
    { name: 'message', valueReference: { reference: `Communication/${communicationId}` } },
    { name: 'state', valueCode: state },
    { name: 'tries', valueUnsignedInt: tries },
    { name: 'at', valueInstant: at },
    ...(error === undefined ? [] : [{ name: 'error', valueString: error }]),
    ...(status === undefined ? [] : [{ name: 'status', valueInteger: status }]),
  ];
  const said: Parameters = { resourceType: 'Parameters', parameter };
  return {
    resourceType: 'Bundle',
    id: communicationId,
    type: 'collection',
    timestamp: at,
    entry: [said, ...(answer ? [answer] : [])].map((resource) => ({ resource })),
  };
}

const largest = 400_000;

/** The answer as a resource; undefined where it is none, is in XML, or is too large to be kept. */
export function answerIn(body: string): FhirResource | undefined {
  if (body.length > largest) return undefined;
  try {
    const value = JSON.parse(body) as Partial<FhirResource> | null;
    return value?.resourceType === 'Bundle' || value?.resourceType === 'OperationOutcome'
      ? (value as FhirResource)
      : undefined;
  } catch {
    return undefined;
  }
}
