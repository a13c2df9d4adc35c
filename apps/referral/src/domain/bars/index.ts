export { answerTo, type MessageAnswer } from './answer-to.js';
export type { AnswerNames } from './answer-names.js';
export * from './codes.js';
export { judgeEnvelope, judgeMessage, lookupsFor, refusalOf, withBarsCode } from './judge-message.js';
export type { Accepted, Lookups, Refused, Verdict } from './judge-message.js';
export { askedBy, entryIdsOf, type ResourceNames } from './message.js';
export type * from './message-context.js';
export { readBooking, readReferral } from './read-referral.js';
export type { BookingMessage, ReadMessage, ReferralMessage } from './read-referral.js';
export {
  acceptedUseCases,
  allMessageDefinitions,
  messageDefinitionsOf,
  useCaseDefinitions,
} from './definition-resource.js';
export { bearsAddress, currentAddress, serviceAddressOf } from './service-address.js';
export type { MessageKind } from './workflow.js';
