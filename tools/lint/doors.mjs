// Who may read for everyone, or speak SQL, and why: what is not named here names its reader. A door tells a caller nothing of
// what it reads and he may not see; its reason says what it does with it instead.

/** Files that read for everyone by a rule of their service; `store`: that join the store's tables. */
export const doors = [
  { file: 'libs/fhir/src/audience.ts', why: 'says what everyone is' },
  { file: 'libs/auth/src/open-sandbox.ts', why: 'an open sandbox has one caller, who sees all' },
  { file: 'libs/fhir-server/src/interactions/perform.ts', why: 'an id that is taken is taken, whoever sees it' },
  { file: 'libs/fhir-server/src/transaction/transaction.ts', why: 'what changed meanwhile is planned again' },
  { file: 'libs/messaging/src/outbox.ts', store: true, why: 'an event carries the version that was committed with it' },
  { file: 'libs/service/src/one-at-a-time.ts', why: 'takes a lock; no table is named' },
  { file: 'libs/service/src/owners-records.ts', why: 'asks for one version that an event named' },
  {
    file: 'libs/service/src/readers/followed-readers.ts',
    why: 'decides who may read what hangs on a referral, and answers to nobody',
  },
  { file: 'libs/service/src/readers/hanging-records.ts', why: 'finds what hangs on a referral, for that decision' },
  { file: 'libs/service/src/readers/persons-referrals.ts', why: 'asks who sees a referral, for that decision' },
  { file: 'libs/service/src/service.ts', why: 'asks whether the database answers' },
  {
    file: 'libs/service/src/withholding/consents-heard.ts',
    why: 'what a Consent says now is applied, whoever may read it; it is told to nobody',
  },
  {
    file: 'libs/service/src/writes/definition-writes.ts',
    why: 'the address of a definition is used once; they are public',
  },
  {
    file: 'libs/service/src/writes/referrers.ts',
    why: 'what others point to is not deleted; tells only that there is more',
  },
  {
    file: 'apps/activity-directory/src/use-cases/claim-identifiers.ts',
    why: 'identifiers of the public directory are used once',
  },
  { file: 'apps/activity-directory/src/use-cases/count-places.ts', why: 'counts places; tells a number' },
  { file: 'apps/activity-directory/src/use-cases/places/held-places.ts', why: 'counts places; tells a number' },
  {
    file: 'apps/outcomes/src/use-cases/gather-record.ts',
    why: 'writes the summary that both sides of a referral read',
  },
  ...[
    ['acknowledge-summary', 'marks what its caller may read; that is asked as the caller'],
    ['chase-summary', 'marks a summary that nobody acknowledged'],
    ['choose-delivery', "the choice of the caller's own organisation"],
    ['take-due-summary', 'does what is due with summaries, and answers to nobody'],
    ['note-milestones', 'activities, which are public'],
    ['reach-first-scores', 'finds the referral that answers belong to'],
    ['stored-summaries', 'finds the summaries that were made before'],
  ].map(([name, why]) => ({ file: `apps/outcomes/src/use-cases/summaries/${name}.ts`, why })),
  { file: 'apps/outcomes/src/use-cases/pages-of.ts', why: 'an evaluation counts all; its own policy says who may ask' },
  {
    file: 'apps/outcomes/src/use-cases/programme-rows.ts',
    why: 'an evaluation counts all; its own policy says who may ask',
  },
  { file: 'apps/questionnaire/src/use-cases/keep-message-parts.ts', why: 'keeps each part of a message once' },
  {
    file: 'apps/questionnaire/src/use-cases/take-response.ts',
    why: 'replaces the scores of the answers that it takes',
  },
  { file: 'apps/referral/src/events/on-death-told.ts', why: 'hears events, and answers to nobody' },
  { file: 'apps/referral/src/events/on-patient-died.ts', why: 'hears events, and answers to nobody' },
  { file: 'apps/referral/src/events/on-referral-moved.ts', why: 'hears events, and answers to nobody' },
  { file: 'apps/referral/src/use-cases/answers-of-referral.ts', why: 'a Task that asks for answers ends with them' },
  {
    file: 'apps/referral/src/use-cases/ask-to-mend-subscription.ts',
    why: 'finds the Task that it made before',
  },
  { file: 'apps/referral/src/use-cases/book-appointment.ts', why: 'counts the places that are taken on a slot' },
  {
    file: 'apps/referral/src/use-cases/feedback/response-facts.ts',
    why: 'looks whether what is told bears a label, and finds the message that is answered; tells what its sender may read',
  },
  { file: 'apps/referral/src/use-cases/feedback/tell-requester.ts', why: 'numbers the messages of a referral' },
  {
    file: 'apps/referral/src/use-cases/feedback/note-delivery.ts',
    why: 'notes what became of a message; tells nobody',
  },
  {
    file: 'apps/referral/src/use-cases/directory/decide-hold.ts',
    why: 'tells the directory which place a Task has; nobody else hears it',
  },
  {
    file: 'apps/referral/src/use-cases/directory/judge-activity.ts',
    why: 'reads of what kind a wish is, to ask after an activity for it',
  },
  { file: 'apps/referral/src/use-cases/ask-to-chase-summary.ts', why: 'hears events, and answers to nobody' },
  { file: 'apps/referral/src/use-cases/give-out-questionnaires.ts', why: 'hears events, and answers to nobody' },
  { file: 'apps/referral/src/use-cases/reopen-questionnaire.ts', why: 'hears events, and answers to nobody' },
  {
    file: 'apps/referral/src/use-cases/identity/propose-links.ts',
    why: 'looks whether it made the Task before; tells nobody',
  },
  {
    file: 'apps/referral/src/use-cases/identity/settled-links.ts',
    why: 'tells which links of a record a Task made; the links stand in the record',
  },
  { file: 'apps/referral/src/use-cases/keep-record.ts', why: 'finds who sees no more what a record hangs on' },
  { file: 'apps/referral/src/use-cases/narrow-referral.ts', why: 'narrows the audience of what a referral shares' },
  {
    file: 'apps/referral/src/use-cases/provider-directory.ts',
    why: 'activities, providers and slots, which are public',
  },
  {
    file: 'apps/referral/src/use-cases/recognise-patient.ts',
    why: "chooses among the caller's own records the oldest",
  },
  {
    file: 'apps/referral/src/use-cases/contacts/judge-contact.ts',
    why: 'who may not be contacted may not be contacted by anybody; tells only that',
  },
  { file: 'apps/referral/src/use-cases/referral-tasks.ts', why: 'a state is made of all parts of a referral' },
  { file: 'apps/referral/src/use-cases/share-referral.ts', why: 'widens the audience of what a referral is about' },
  { file: 'apps/sandbox/src/fresh.ts', why: 'drops the databases of the sandbox' },
  { file: 'apps/sandbox/src/seed.ts', why: 'puts in once what the sandbox begins with' },
  { file: 'apps/subscriptions/src/use-cases/find-addressee.ts', why: 'reads the Subscription that it serves' },
  { file: 'apps/subscriptions/src/use-cases/note-subscriber.ts', why: 'writes with which rights one was made' },
  {
    file: 'apps/subscriptions/src/use-cases/find-listeners.ts',
    why: 'each Subscription hears what its own readers see',
  },
];

/** Folders that speak SQL to tables of their own, which no search goes through. */
export const tableRooms = [
  { folder: 'libs/messaging/src/', why: 'outbox, inbox and dead letters' },
  { folder: 'apps/subscriptions/src/use-cases/messages/', why: 'messages on their way' },
  { folder: 'apps/issuer/src/', why: 'clients, keys and tokens; it holds no records' },
  { folder: 'apps/activity-directory/src/use-cases/places/held-places.ts', why: 'places at activities' },
  { folder: 'apps/outcomes/src/use-cases/summaries/due-summaries.ts', why: 'what is due with summaries' },
  { folder: 'apps/outcomes/src/use-cases/summaries/delivery-choices.ts', why: 'what practices decided' },
  { folder: 'apps/referral/src/use-cases/task-codes/', why: 'one-time codes and their sessions' },
  { folder: 'apps/sandbox/src/person/', why: "exports and erases one person, under an administrator's login" },
  ...['claim', 'count', 'hasten', 'settle'].map((verb) => ({
    folder: `apps/subscriptions/src/use-cases/${verb}-`,
    why: 'the deliveries',
  })),
  ...[
    'activate-subscription',
    'end-subscription',
    'find-events',
    'follow-subscription',
    'queue-heartbeats',
    'replay-events',
  ].map((name) => ({ folder: `apps/subscriptions/src/use-cases/${name}.ts`, why: 'the deliveries' })),
  { folder: 'apps/subscriptions/src/use-cases/delivery-turn.ts', why: 'takes a lock; no table is named' },
  { folder: 'apps/subscriptions/src/use-cases/find-addressee.ts', why: 'the rights of subscribers' },
  { folder: 'apps/subscriptions/src/use-cases/note-subscriber.ts', why: 'the rights of subscribers' },
  { folder: 'apps/subscriptions/src/use-cases/queue-notifications.ts', why: 'the deliveries' },
  { folder: 'apps/subscriptions/src/use-cases/tend-subscriptions.ts', why: 'the deliveries' },
];
