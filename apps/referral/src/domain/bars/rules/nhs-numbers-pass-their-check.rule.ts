import { error, isNhsNumber, nhsNumberSystem, normaliseIdentifierSystem, warning, type Issue } from '#fhir';
import { elementsOf } from '../elements.js';
import { type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';

/** A number that fails is a fault only where its sender calls it verified and the configuration asks for it. */
export function nhsNumbersPassTheirCheck({ entries }: Message, { configuration }: MessageContext): Issue[] {
  const strict = configuration?.nhsNumberCheck === 'error';
  return elementsOf(entries).flatMap(({ path, element }) => {
    const { system, value } = element;
    if (typeof system !== 'string' || normaliseIdentifierSystem(system) !== nhsNumberSystem) return [];
    if (typeof value !== 'string' || isNhsNumber(value)) return [];
    const fault = strict && isVerified(element) ? error : warning;
    return [fault('value', 'The NHS number fails its check digit (modulus 11).', `${path}.value`)];
  });
}

const verificationStatus = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
const verified = ['01', 'number-present-and-verified'];

/** Both code systems are met: the current one and the retired one of words. */
function isVerified(identifier: Readonly<Record<string, unknown>>): boolean {
  const extensions = Array.isArray(identifier['extension']) ? (identifier['extension'] as unknown[]) : [];
  return extensions.some((extension) => {
    const { url, valueCodeableConcept } = extension as {
      url?: string;
      valueCodeableConcept?: { coding?: { code?: string }[] };
    };
    if (url !== verificationStatus) return false;
    return valueCodeableConcept?.coding?.some(({ code }) => verified.includes(code ?? '')) ?? false;
  });
}
