import type { RequestTurn } from './transition.js';

/**
 * Turns of the ServiceRequest, which is the requester's. Where Ginnel writes it on the requester's behalf, it follows the
 * referral's own Task and says so in a Provenance.
 */
export const requestTurns: readonly RequestTurn[] = [
  {
    id: 'request-1',
    of: 'request',
    from: [],
    to: 'draft',
    who: ['requester'],
    needs: [],
    event: 'service-request-created.v1',
    effects: [],
    when: 'The requester writes it down.',
  },
  {
    id: 'request-2',
    of: 'request',
    from: ['draft'],
    to: 'active',
    who: ['requester'],
    needs: [],
    event: 'referral-sent.v1',
    effects: ['part-created'],
    when: 'The requester sends it; it may be sent without having been a draft.',
  },
  {
    id: 'request-25',
    of: 'request',
    from: ['active'],
    to: 'completed',
    who: ['system', 'requester'],
    needs: [],
    event: 'service-request-completed.v1',
    effects: [],
    when: "The referral's own Task is completed.",
  },
  {
    id: 'request-28',
    of: 'request',
    from: ['active'],
    to: 'revoked',
    who: ['system', 'requester'],
    needs: [],
    event: 'service-request-revoked.v1',
    effects: [],
    when: "The referral's own Task is cancelled, or the requester wants no alternative.",
  },
  {
    id: 'request-32',
    of: 'request',
    from: ['active', 'completed', 'revoked'],
    to: 'entered-in-error',
    who: ['system', 'requester'],
    needs: [],
    event: 'service-request-entered-in-error.v1',
    effects: ['content-hidden'],
    when: "The referral's own Task is entered in error.",
  },
  {
    id: 'request-34',
    of: 'request',
    from: ['completed', 'revoked'],
    to: 'active',
    who: ['system'],
    needs: [],
    event: 'service-request-restored.v1',
    effects: [],
    when: 'An end was undone, and a part is open again.',
  },
];
