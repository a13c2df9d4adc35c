import type { FhirStore } from '#fhir-store';
import { OnReferralMoved } from './on-referral-moved.js';
import { type GiveOutQuestionnaires, isDueAt } from '../use-cases/give-out-questionnaires.js';

const { types } = new OnReferralMoved({} as GiveOutQuestionnaires, {} as FhirStore);

describe('the questionnaires of a programme', () => {
  it('that are wanted at acceptance are due by whatever says that the person was taken', () => {
    expect(types.filter((type) => isDueAt(type, 'referral-accepted')).sort()).toEqual([
      'referral-accepted.v1',
      'referral-activity-changed.v1',
      'referral-booked.v1',
      'referral-place-offered.v1',
      'referral-session-missed.v1',
      'referral-session-recorded.v1',
      'referral-started.v1',
    ]);
  });

  it('that are wanted at the start are due then or at the first session told, and those of every week at no turn', () => {
    expect(types.filter((type) => isDueAt(type, 'referral-started')).sort()).toEqual([
      'referral-session-recorded.v1',
      'referral-started.v1',
    ]);
    expect(types.filter((type) => isDueAt(type, 'every-week'))).toEqual([]);
  });

  it('that are wanted at the start are due by a change of activity where the work had begun', () => {
    const changed = 'referral-activity-changed.v1';
    const due = (['accepted', 'in-progress'] as const).map((status) => isDueAt(changed, 'referral-started', status));
    expect(due).toEqual([false, true]);
  });
});
