/** Systems and codes of the Booking and Referral Standard (BaRS): https://digital.nhs.uk/developer/api-catalogue/booking-and-referral-fhir */
export const messageEventSystem = 'https://fhir.nhs.uk/CodeSystem/message-events-bars';
export const messageReasonSystem = 'https://fhir.nhs.uk/CodeSystem/message-reason-bars';
export const messageCategorySystem = 'https://fhir.nhs.uk/CodeSystem/message-category-servicerequest';
export const barsUseCaseSystem = 'https://fhir.nhs.uk/CodeSystem/usecases-categories-bars';
/** Lower-case s in Codesystem: so it is published. */
export const httpErrorCodeSystem = 'https://fhir.nhs.uk/Codesystem/http-error-codes';

/** BaRS has no use case for the voluntary sector, and its code space is not ours to extend. */
export const referralUseCaseSystem = 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case';
export const vcseUseCase: UseCase = { system: referralUseCaseSystem, code: 'vcse' };

export const messageEvents = [
  'servicerequest-request',
  'servicerequest-response',
  'booking-request',
  'booking-response',
] as const;
export type MessageEvent = (typeof messageEvents)[number];

export const messageReasons = ['new', 'update', 'delete'] as const;
export type MessageReason = (typeof messageReasons)[number];

export const messageCategories = ['referral', 'validation'] as const;
export type MessageCategory = (typeof messageCategories)[number];

export interface UseCase {
  system: string;
  code: string;
}

/** The receiver's codes, of which this server answers a message's faults with these. */
export type BarsErrorCode =
  | 'REC_BAD_REQUEST'
  | 'REC_NOT_FOUND'
  | 'REC_NOT_ACCEPTABLE'
  | 'REC_CONFLICT'
  | 'REC_UNPROCESSABLE_ENTITY'
  | 'REC_NOT_IMPLEMENTED';

/** Senders write http and https, and the case varies; it is the same system. */
export function isSystem(written: string | undefined, published: string): boolean {
  return written !== undefined && spelling(written) === spelling(published);
}

export function isUseCase(useCase: UseCase | undefined, other: UseCase): boolean {
  return useCase !== undefined && useCase.code === other.code && isSystem(useCase.system, other.system);
}

/** The one of the allowed codes that this is, or undefined. */
export function oneOf<Code extends string>(code: string | undefined, allowed: readonly Code[]): Code | undefined {
  return allowed.find((candidate) => candidate === code);
}

function spelling(system: string): string {
  return system.toLowerCase().replace(/^http:/, 'https:');
}
