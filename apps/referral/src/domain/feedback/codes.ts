import type { CodeableConcept } from 'fhir/r4';
import { base } from '../codes.js';

export const communicationCategorySystem = `${base}/CodeSystem/communication-category`;
/** A message that Ginnel sends on a provider's behalf. */
export const responseMessage: CodeableConcept = {
  coding: [{ system: communicationCategorySystem, code: 'response-message', display: 'Response message' }],
};
export const messageFailureSystem = `${base}/CodeSystem/message-failure`;
/** Place among the messages of one referral, from 1: they are sent in this order. positiveInt, on a Communication. */
export const messageNumberExtension = `${base}/StructureDefinition/message-number`;
/** How often it was sent until now: unsignedInt, on a Communication. */
export const messageTriesExtension = `${base}/StructureDefinition/message-tries`;
/** The outcomes service's: how a summary reaches its practice. code, on a DocumentReference. */
export const deliveryChannelExtension = `${base}/StructureDefinition/delivery-channel`;
export const requestIdSystem = `${base}/Id/request`;
/** The answer of the other side, as the sending service keeps it. */
export const receiptSystem = `${base}/Id/message-receipt`;
export const correlationSystem = `${base}/Id/correlation`;
export const responseVcseDefinition = `${base}/MessageDefinition/referral-response-vcse`;
export const responseShortDefinition =
  'https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-response-referral-short';
export const responseInterimDefinition =
  'https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-response-validation-interim';
