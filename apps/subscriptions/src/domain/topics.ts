import type { OwnedType } from '#fhir';

const base = 'https://ginnel.org.uk/fhir/SubscriptionTopic';

/** What a Subscription may listen to by the backport of R5: some events of one resource type. */
export interface Topic {
  code: string;
  title: string;
  description: string;
  /** The type of the resource that is its focus. */
  type: OwnedType;
  /** Types of the events that it tells of. */
  events: readonly string[] | { beginning: string; butNot: readonly string[] };
  /** Search parameters by which it may be narrowed. */
  filters: readonly string[];
}

const ofTask = [
  '_id',
  'owner',
  'requester',
  'code',
  'status',
  'business-status',
  'activity',
  'patient',
  'based-on',
  'part-of',
  'worker',
];
const ofActivity = ['_id', 'organization', 'program', 'service-category', 'location'];

/** https://hl7.org/fhir/R5/subscriptiontopic.html */
export const topics: readonly Topic[] = [
  {
    code: 'referral-created',
    title: 'A referral was created',
    description: 'A ServiceRequest was sent: by message, by a create, or by a transaction.',
    type: 'ServiceRequest',
    events: ['referral-sent.v1'],
    filters: ['_id', 'requester', 'performer', 'code', 'category', 'patient', 'status'],
  },
  {
    code: 'referral-status-changed',
    title: 'The state of a referral changed',
    description: 'A Task took a turn: the part of one provider, or the Task of the whole referral.',
    type: 'Task',
    events: { beginning: 'referral-', butNot: ['referral-reminded.v1', 'referral-contact-due.v1'] },
    filters: ofTask,
  },
  {
    code: 'task-assigned',
    title: 'A Task was assigned',
    description:
      'A Task has a new owner (a referral came in, was forwarded, or a questionnaire is asked for), or another worker.',
    type: 'Task',
    events: ['referral-requested.v1', 'questionnaire-asked.v1', 'task-created.v1', 'task-assigned.v1'],
    filters: ofTask,
  },
  {
    code: 'contact-due',
    title: 'A contact is due',
    description: 'The person is to be contacted, as it was agreed.',
    type: 'Task',
    events: ['referral-contact-due.v1'],
    filters: ofTask,
  },
  {
    code: 'questionnaire-answered',
    title: 'A questionnaire was answered',
    description: 'A QuestionnaireResponse was completed, or amended after that.',
    type: 'QuestionnaireResponse',
    events: ['questionnaire-completed.v1', 'questionnaire-amended.v1'],
    filters: ['_id', 'questionnaire', 'patient', 'based-on', 'author', 'task', 'time-point'],
  },
  {
    code: 'outcome-ready',
    title: 'The outcome of a referral is ready',
    description: 'An outcome summary can be read, was replaced by a corrected one, or was withdrawn as an error.',
    type: 'DocumentReference',
    events: ['outcome-summary-ready.v1', 'outcome-summary-superseded.v1', 'outcome-summary-withdrawn.v1'],
    filters: ['_id', 'patient', 'related', 'type', 'status'],
  },
  {
    code: 'activity-ending',
    title: 'An activity is ending',
    description: 'An activity ends soon, or takes no more referrals.',
    type: 'HealthcareService',
    events: ['activity-ending.v1'],
    filters: ofActivity,
  },
  {
    code: 'capacity-changed',
    title: 'The places of an activity changed',
    description: 'An activity has places again, fewer of them, or none.',
    type: 'HealthcareService',
    events: ['capacity-changed.v1'],
    filters: ofActivity,
  },
];

/** The canonical that a Subscription names in its criteria. */
export function topicUrl({ code }: Topic): string {
  return `${base}/${code}`;
}

/** Whether criteria name a topic, one of these or not, and no search. */
export function namesTopic(criteria: string): boolean {
  return /^https?:\/\//.test(criteria);
}

/** The topic that criteria name, with or without a version. */
export function topicOf(criteria: string): Topic | undefined {
  const [url] = criteria.split('|', 1);
  return topics.find((topic) => topicUrl(topic) === url);
}

export function isTriggeredBy({ events }: Topic, eventType: string): boolean {
  if (!('beginning' in events)) return events.includes(eventType);
  return eventType.startsWith(events.beginning) && !events.butNot.includes(eventType);
}
