import type { Attachment, ContactPoint, Extension, Period, Quantity, Range, Ratio, TimingRepeat } from 'fhir/r4';
import { mayPrecede } from '../calendar.js';
import { type Invariant, invariant } from '../invariant.js';

/** https://hl7.org/fhir/R4/datatypes.html */
export const dataTypeInvariants: readonly Invariant[] = [
  invariant<Extension>('ext-1', 'Extension', {
    says: 'An extension has a value or further extensions, and not both',
    holds: (extension) => {
      const hasValue = Object.keys(extension).some((key) => key.startsWith('value') || key.startsWith('_value'));
      return hasValue !== (extension.extension !== undefined);
    },
  }),
  invariant<Period>('per-1', 'Period', {
    says: 'A period does not end before it starts',
    holds: ({ start, end }) => start === undefined || end === undefined || mayPrecede(start, end),
  }),
  invariant<Range>('rng-2', 'Range', {
    says: 'The low of a range is not above its high',
    holds: ({ low, high }) =>
      low?.value === undefined || high?.value === undefined || low.code !== high.code || low.value <= high.value,
  }),
  invariant<Quantity>('qty-3', 'Quantity', {
    says: 'A code of a unit needs its system',
    holds: ({ code, system }) => code === undefined || system !== undefined,
  }),
  invariant<Ratio>('rat-1', 'Ratio', {
    says: 'A ratio has numerator and denominator, or neither and an extension',
    holds: ({ numerator, denominator, extension }) =>
      (numerator === undefined) === (denominator === undefined) && (numerator ?? extension) !== undefined,
  }),
  invariant<Attachment>('att-1', 'Attachment', {
    says: 'An attachment with data has a contentType',
    holds: ({ data, contentType }) => data === undefined || contentType !== undefined,
  }),
  invariant<ContactPoint>('cpt-2', 'ContactPoint', {
    says: 'A contact point with a value has a system',
    holds: (point) => point.value === undefined || point.system !== undefined || '_system' in point,
  }),
  invariant<TimingRepeat>('tim-1', 'Timing.repeat', {
    says: 'A duration needs durationUnit',
    holds: ({ duration, durationUnit }) => duration === undefined || durationUnit !== undefined,
  }),
  invariant<TimingRepeat>('tim-2', 'Timing.repeat', {
    says: 'A period needs periodUnit',
    holds: ({ period, periodUnit }) => period === undefined || periodUnit !== undefined,
  }),
  invariant<TimingRepeat>('tim-4, tim-5', 'Timing.repeat', {
    says: 'Neither a duration nor a period is negative',
    holds: ({ duration = 0, period = 0 }) => duration >= 0 && period >= 0,
  }),
];
