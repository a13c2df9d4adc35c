import type { Role } from './caller.js';

/** Who may call an operation, and with what rights. */
export interface OperationPolicy {
  roles: readonly Role[];
  /** Letters that role and scopes must give, by type; `*` is the type of the address. Of what it finds it tells what they allow. */
  needs: readonly { type: string; letters: string }[];
  /** True where no scope on a resource could stand for it: it has one of its own. */
  ownScope?: boolean;
  /**
   * For a token whose scopes bear search parameters: it reads only what they leave (`honoured`), it could not tell, so that none
   * of the types that it needs may be narrowed (`whole`), or it looks at so much that nothing may be (`never`).
   */
  narrowed: 'honoured' | 'whole' | 'never';
}

const everybodyAtWork: readonly Role[] = ['practice', 'provider', 'link-worker', 'analyst', 'integrator'];
const withPeople: readonly Role[] = ['practice', 'provider', 'link-worker', 'integrator'];

function terminology(type: string): OperationPolicy {
  return { roles: everybodyAtWork, needs: [{ type, letters: 'r' }], narrowed: 'whole' };
}

/** A plain update of one Task, said in fewer words. */
const turnOfTask: OperationPolicy = {
  roles: withPeople,
  needs: [{ type: 'Task', letters: 'ru' }],
  narrowed: 'honoured',
};
/** One more Task of a referral. */
const partOfReferral: OperationPolicy = {
  roles: withPeople,
  needs: [{ type: 'Task', letters: 'rc' }],
  narrowed: 'whole',
};
/** Of one Task, for who works on it. */
const codeOfTask: OperationPolicy = {
  roles: ['provider', 'link-worker', 'integrator'],
  needs: [{ type: 'Task', letters: 'ru' }],
  narrowed: 'whole',
};

/** A server with an operation that is not here refuses to start. */
export const operations: Readonly<Record<string, OperationPolicy>> = {
  expand: terminology('ValueSet'),
  lookup: terminology('CodeSystem'),
  subsumes: terminology('CodeSystem'),
  'validate-code': terminology('*'),
  'find-activities': {
    roles: everybodyAtWork,
    needs: [{ type: 'HealthcareService', letters: 'rs' }],
    narrowed: 'whole',
  },
  match: { roles: withPeople, needs: [{ type: 'Patient', letters: 'rs' }], narrowed: 'honoured' },
  trace: { roles: ['practice', 'integrator'], needs: [{ type: 'Patient', letters: 'ru' }], narrowed: 'honoured' },
  validate: { roles: everybodyAtWork, needs: [], narrowed: 'honoured' },
  'process-message': {
    roles: ['practice', 'provider', 'integrator'],
    needs: [],
    ownScope: true,
    narrowed: 'honoured',
  },
  document: {
    roles: withPeople,
    needs: ['Composition', 'Binary', 'Patient'].map((type) => ({ type, letters: 'r' })),
    narrowed: 'whole',
  },
  'acknowledge-summary': {
    roles: ['practice', 'link-worker', 'integrator'],
    needs: ['DocumentReference', 'Patient'].map((type) => ({ type, letters: type === 'Patient' ? 'r' : 'ru' })),
    narrowed: 'whole',
  },
  'summary-delivery': {
    roles: ['practice', 'link-worker', 'integrator'],
    needs: [{ type: 'DocumentReference', letters: 'ru' }],
    narrowed: 'whole',
  },
  everything: { roles: withPeople, needs: [{ type: '*', letters: 'r' }], narrowed: 'honoured' },
  meta: { roles: everybodyAtWork, needs: [{ type: '*', letters: 'r' }], narrowed: 'honoured' },
  'meta-add': { roles: withPeople, needs: [{ type: '*', letters: 'ru' }], narrowed: 'honoured' },
  'meta-delete': { roles: withPeople, needs: [{ type: '*', letters: 'ru' }], narrowed: 'honoured' },
  acknowledge: turnOfTask,
  'request-information': turnOfTask,
  'provide-information': turnOfTask,
  accept: turnOfTask,
  reject: turnOfTask,
  waitlist: turnOfTask,
  'offer-place': turnOfTask,
  start: turnOfTask,
  'record-session': turnOfTask,
  'did-not-attend': turnOfTask,
  'change-activity': turnOfTask,
  complete: turnOfTask,
  disengage: turnOfTask,
  hold: turnOfTask,
  resume: turnOfTask,
  decline: turnOfTask,
  'unable-to-contact': turnOfTask,
  withdraw: turnOfTask,
  forward: turnOfTask,
  undo: turnOfTask,
  cancel: turnOfTask,
  'confirm-cancellation': turnOfTask,
  'refuse-cancellation': turnOfTask,
  assign: turnOfTask,
  // Besides, what it makes: Encounter.c or Communication.c.
  'record-contact': { ...turnOfTask, narrowed: 'whole' },
  // Besides, where there is a concern: Flag.c.
  'record-attendance': {
    roles: withPeople,
    needs: ['Appointment', 'Task'].map((type) => ({ type, letters: 'ru' })),
    narrowed: 'whole',
  },
  'contact-log': {
    roles: withPeople,
    needs: [
      { type: '*', letters: 'r' },
      { type: 'Encounter', letters: 's' },
      { type: 'Communication', letters: 's' },
    ],
    narrowed: 'whole',
  },
  reopen: partOfReferral,
  split: partOfReferral,
  'mint-code': codeOfTask,
  'revoke-codes': codeOfTask,
  'redeem-code': codeOfTask,
  status: {
    roles: ['practice', 'provider', 'integrator'],
    needs: [{ type: 'Subscription', letters: 'r' }],
    narrowed: 'whole',
  },
  message: {
    roles: withPeople,
    needs: ['Communication', 'Patient', 'Task'].map((type) => ({ type, letters: 'r' })),
    narrowed: 'whole',
  },
  resend: {
    roles: ['practice', 'integrator'],
    needs: [{ type: 'Communication', letters: 'ru' }],
    narrowed: 'whole',
  },
  events: {
    roles: ['practice', 'provider', 'integrator'],
    needs: [{ type: 'Subscription', letters: 'r' }],
    narrowed: 'whole',
  },
  replay: {
    roles: ['practice', 'provider', 'integrator'],
    needs: [{ type: 'Subscription', letters: 'ru' }],
    narrowed: 'whole',
  },
  'evaluate-measure': {
    roles: ['analyst', 'integrator'],
    needs: ['Measure', 'MeasureReport'].map((type) => ({ type, letters: 'r' })),
    narrowed: 'never',
  },
  evaluation: {
    roles: ['analyst', 'integrator'],
    needs: ['Measure', 'MeasureReport'].map((type) => ({ type, letters: 'r' })),
    narrowed: 'never',
  },
};

/** Throws where the policy does not name one of these operations, by its code: nobody would have decided who may call it. */
export function refuseUnnamedOperations(codes: readonly string[]): void {
  const unnamed = codes.find((code) => !Object.hasOwn(operations, code));
  if (unnamed !== undefined) throw new Error(`The operation $${unnamed} stands in no line of the policy (libs/auth).`);
}
