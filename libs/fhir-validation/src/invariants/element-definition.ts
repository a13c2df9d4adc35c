import type {
  ElementDefinition,
  ElementDefinitionBinding,
  ElementDefinitionConstraint,
  ElementDefinitionSlicing,
  ElementDefinitionType,
} from 'fhir/r4';
import { type FastInvariants } from '../invariant.js';
import { has, hasChoice, lacks, repeated } from './presence.js';

/** A profile has hundreds of elements, each with all of these. */
export const elementDefinitionInvariants: FastInvariants = {
  'ElementDefinition.slicing: eld-1': (slicing: ElementDefinitionSlicing) =>
    slicing.discriminator !== undefined || has(slicing, 'description'),
  'ElementDefinition: eld-2': ({ min, max }: ElementDefinition) =>
    min === undefined || max === undefined || !isNumber(max) || min <= Number(max),
  'ElementDefinition.max: eld-3': (max: string) => max === '*' || isNumber(max),
  'ElementDefinition.type: eld-4': ({ aggregation, code }: ElementDefinitionType) =>
    aggregation === undefined || refers(code),
  'ElementDefinition: eld-5': (element: ElementDefinition) =>
    lacks(element, 'contentReference') ||
    (element.type === undefined &&
      element.example === undefined &&
      lacks(element, 'maxLength') &&
      element.binding === undefined &&
      !values.some((name) => hasChoice(element, name))),
  'ElementDefinition: eld-6': (element: ElementDefinition) => !hasChoice(element, 'fixed') || hasOneType(element),
  'ElementDefinition: eld-7': (element: ElementDefinition) => !hasChoice(element, 'pattern') || hasOneType(element),
  'ElementDefinition: eld-8': (element: ElementDefinition) =>
    !hasChoice(element, 'pattern') || !hasChoice(element, 'fixed'),
  // the published expression only asks that select() gives anything, which it does for every type
  'ElementDefinition: eld-11': () => true,
  'ElementDefinition.binding: eld-12': ({ valueSet }: ElementDefinitionBinding) =>
    valueSet === undefined || /^(?:https?:?|urn:)/.test(valueSet),
  'ElementDefinition: eld-13': ({ type }: ElementDefinition) => repeated(type, ({ code }) => code).length === 0,
  'ElementDefinition: eld-14': ({ constraint }: ElementDefinition) =>
    repeated(constraint, ({ key }) => key).length === 0,
  'ElementDefinition: eld-15': (element: ElementDefinition) =>
    !hasChoice(element, 'defaultValue') || lacks(element, 'meaningWhenMissing'),
  'ElementDefinition: eld-16': ({ sliceName }: ElementDefinition) =>
    sliceName === undefined || /^[a-zA-Z0-9/\-_[\]@]+$/.test(sliceName),
  'ElementDefinition.type: eld-17': ({ targetProfile, code }: ElementDefinitionType) =>
    targetProfile === undefined || refers(code),
  'ElementDefinition: eld-18': (element: ElementDefinition) =>
    element.isModifier !== true || has(element, 'isModifierReason'),
  // published without their ends marked, so that any path with one good letter would do
  'ElementDefinition: eld-19': ({ path }: ElementDefinition) => pathOfTypes.test(path),
  'ElementDefinition: eld-20': ({ path }: ElementDefinition) => plainPath.test(path),
  'ElementDefinition.constraint: eld-21': (constraint: ElementDefinitionConstraint) => has(constraint, 'expression'),
  'ElementDefinition: eld-22': (element: ElementDefinition) =>
    lacks(element, 'sliceIsConstraining') || has(element, 'sliceName'),
  'StructureDefinition.snapshot.element: sdf-10': ({ binding }: ElementDefinition) =>
    binding === undefined || has(binding, 'valueSet') || has(binding, 'description'),
};

const values = ['defaultValue', 'fixed', 'pattern', 'minValue', 'maxValue'];

const pathOfTypes =
  /^[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}(?:\.[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}(?:\[x\])?(?::[^\s.]+)?)*$/;
const plainPath = /^[A-Za-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*(?:\[x\])?)*$/;

function isNumber(max: string): boolean {
  return /^\+?\d{1,9}$/.test(max);
}

function refers(code: string): boolean {
  return code === 'Reference' || code === 'canonical';
}

function hasOneType({ type = [] }: ElementDefinition): boolean {
  return type.length <= 1;
}
