import type {
  Age,
  Attachment,
  ContactPoint,
  Count,
  DataRequirementCodeFilter,
  DataRequirementDateFilter,
  Distance,
  Duration,
  Expression,
  Extension,
  Period,
  Quantity,
  Range,
  Ratio,
  TimingRepeat,
  TriggerDefinition,
} from 'fhir/r4';
import { mayPrecede } from '../calendar.js';
import { type FastInvariants } from '../invariant.js';
import { has, hasChoice, lacks } from './presence.js';

const ucum = 'http://unitsofmeasure.org';

/** https://hl7.org/fhir/R4/datatypes.html */
export const dataTypeInvariants: FastInvariants = {
  'Age: age-1': (age: Age) => isMeasured(age) && (age.value === undefined || age.value > 0),
  'Attachment: att-1': (attachment: Attachment) => lacks(attachment, 'data') || has(attachment, 'contentType'),
  'ContactPoint: cpt-2': (point: ContactPoint) => lacks(point, 'value') || has(point, 'system'),
  'Count: cnt-3': (count: Count) =>
    isMeasured(count) &&
    (lacks(count, 'code') || count.code === '1') &&
    (count.value === undefined || Number.isInteger(count.value)),
  'DataRequirement.codeFilter: drq-1': (filter: DataRequirementCodeFilter) =>
    has(filter, 'path') !== has(filter, 'searchParam'),
  'DataRequirement.dateFilter: drq-2': (filter: DataRequirementDateFilter) =>
    has(filter, 'path') !== has(filter, 'searchParam'),
  'Distance: dis-1': (distance: Distance) => isMeasured(distance),
  'Duration: drt-1': (duration: Duration) =>
    lacks(duration, 'code') || (duration.system === ucum && has(duration, 'value')),
  'Expression: exp-1': (expression: Expression) => has(expression, 'expression') || has(expression, 'reference'),
  'Extension: ext-1': (extension: Extension) => hasChoice(extension, 'value') !== (extension.extension !== undefined),
  'MoneyQuantity: mqty-1': (money: Quantity) =>
    (has(money, 'code') || lacks(money, 'value')) &&
    (lacks(money, 'system') || money.system === 'urn:iso:std:iso:4217'),
  'Period: per-1': ({ start, end }: Period) => start === undefined || end === undefined || mayPrecede(start, end),
  'Quantity: qty-3': (quantity: Quantity) => lacks(quantity, 'code') || has(quantity, 'system'),
  'Range: rng-2': ({ low, high }: Range) =>
    low?.value === undefined || high?.value === undefined || !isOneUnit(low, high) || low.value <= high.value,
  'Ratio: rat-1': ({ numerator, denominator, extension }: Ratio) =>
    (numerator === undefined) === (denominator === undefined) && (numerator ?? extension) !== undefined,
  'SimpleQuantity: sqty-1': (quantity: Quantity) => lacks(quantity, 'comparator'),
  'Timing.repeat: tim-1': (repeat: TimingRepeat) => lacks(repeat, 'duration') || has(repeat, 'durationUnit'),
  'Timing.repeat: tim-2': (repeat: TimingRepeat) => lacks(repeat, 'period') || has(repeat, 'periodUnit'),
  'Timing.repeat: tim-4': ({ duration = 0 }: TimingRepeat) => duration >= 0,
  'Timing.repeat: tim-5': ({ period = 0 }: TimingRepeat) => period >= 0,
  'Timing.repeat: tim-6': (repeat: TimingRepeat) => lacks(repeat, 'periodMax') || has(repeat, 'period'),
  'Timing.repeat: tim-7': (repeat: TimingRepeat) => lacks(repeat, 'durationMax') || has(repeat, 'duration'),
  'Timing.repeat: tim-8': (repeat: TimingRepeat) => lacks(repeat, 'countMax') || has(repeat, 'count'),
  'Timing.repeat: tim-9': (repeat: TimingRepeat) =>
    lacks(repeat, 'offset') ||
    (has(repeat, 'when') && (repeat.when ?? []).every((when) => !['C', 'CM', 'CD', 'CV'].includes(when))),
  'Timing.repeat: tim-10': (repeat: TimingRepeat) => lacks(repeat, 'timeOfDay') || lacks(repeat, 'when'),
  'TriggerDefinition: trd-1': (trigger: TriggerDefinition) =>
    trigger.data === undefined || !hasChoice(trigger, 'timing'),
  'TriggerDefinition: trd-2': ({ condition, data }: TriggerDefinition) => condition === undefined || data !== undefined,
  'TriggerDefinition: trd-3': (trigger: TriggerDefinition) => {
    const { type, data } = trigger;
    if (type === 'named-event') return has(trigger, 'name');
    if (type === 'periodic') return hasChoice(trigger, 'timing');
    return !type.startsWith('data-') || data !== undefined;
  },
};

/** A number has a code of UCUM, and no other system. */
function isMeasured(quantity: Quantity): boolean {
  return (has(quantity, 'code') || lacks(quantity, 'value')) && (lacks(quantity, 'system') || quantity.system === ucum);
}

function isOneUnit(one: Quantity, other: Quantity): boolean {
  return one.system === other.system && one.code === other.code && (one.code !== undefined || one.unit === other.unit);
}
