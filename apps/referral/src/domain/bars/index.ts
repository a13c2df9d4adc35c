export { answerTo, type MessageAnswer } from './answer-to.js';
export * from './codes.js';
export { judgeEnvelope, judgeMessage, lookupsFor, refusalOf, withBarsCode } from './judge-message.js';
export type { Accepted, Lookups, Refused, Verdict } from './judge-message.js';
export type * from './message-context.js';
export { readReferral, type ReferralMessage } from './read-referral.js';
export { serviceAddressOf } from './service-address.js';
export type { MessageKind } from './workflow.js';
