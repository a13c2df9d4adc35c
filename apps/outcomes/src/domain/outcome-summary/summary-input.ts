import type {
  Appointment,
  Communication,
  Encounter,
  Identifier,
  Observation,
  Organization,
  Patient,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import type { ImportantChange, InstrumentItem } from '../evaluation/evaluated-instrument.js';
import type { Stage } from './stage.js';

/** The parts of an outcome summary, already read and chosen by the caller: nothing is fetched here. */
export interface OutcomeSummaryInput {
  /** The server that the parts live on, without a slash at the end: entries bear its URLs. */
  baseUrl: string;
  /** When the summary is made, as a FHIR instant. */
  at: string;
  serviceRequest: ServiceRequest;
  patient: Patient;
  /** The parent Task: the referral as a whole. */
  referral: Task;
  offers: readonly Offer[];
  /** Sessions that cannot be told to belong to one of the offers: counted, and credited to nobody. */
  otherSessions?: readonly Appointment[];
  contacts: readonly Contact[];
  measures: readonly Measure[];
  requester: Organization;
  author: Organization;
  custodian: Organization;
  notes: SummaryNotes;
  /** What a named person asks the practice to do or to know. Never derived: without one the section is not there. */
  requests?: readonly HumanRequest[];
  /** At the end, unless told. */
  stage?: Stage;
  replaces?: Replaced;
  /** The label of the referral or its person: the document leaves the server, and must not leave it behind. */
  confidentiality?: 'R' | 'V';
}

/** The earlier summary of this referral that this one takes the place of. */
export interface Replaced {
  /** Its Bundle.identifier. */
  identifier: Identifier;
  /** When it was made, as a FHIR instant. */
  date: string;
  /** True where it was wrong or short; false where the referral went on since. */
  isCorrection: boolean;
}

export type Contact = Encounter | Communication;

/** One activity that was offered: a child Task with its sessions. */
export interface Offer {
  task: Task;
  activity: string;
  provider: Organization;
  appointments: readonly Appointment[];
}

/** One score before and after; an absent side is said as missing. */
export interface Measure {
  item: InstrumentItem;
  before?: Observation;
  after?: Observation;
  importantChanges: readonly ImportantChange[];
}

/** Words for the practice, written or agreed by people. */
export interface SummaryNotes {
  whatMatters?: string;
  stillOpen: readonly string[];
}

export interface HumanRequest {
  kind: 'action' | 'information';
  text: string;
  /** The name of the person who marked it. */
  markedBy: string;
  markedOn: string;
}
