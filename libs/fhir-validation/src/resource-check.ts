import { BundleIndex } from './bundle-index.js';
import { Container } from './container.js';
import { type Fields, isFields, kindOf } from './fields.js';
import { type Check, type Inspection } from './inspection.js';
import { quotedName } from './quoting.js';

/** Where the checks of the resource types are found. */
interface ResourceChecks {
  of(name: string): Check;
  knows(resourceType: string): boolean;
  isResourceType(name: string): boolean;
}

/** A resource of any type: the root, an entry of a Bundle, a parameter. */
export function checkResource(checks: ResourceChecks): Check {
  return (value, inspection) => {
    const type = typeOf(value, checks, inspection);
    if (type !== undefined) checks.of(type)(value, inspection);
  };
}

/** A resource in another one, whose references are resolved there. https://hl7.org/fhir/R4/references.html#contained */
export function checkContained(checks: ResourceChecks): Check {
  const check = checkResource(checks);
  return (value, inspection) => {
    const { container } = inspection;
    const id = isFields(value) ? value.id : undefined;
    const outer = container?.current;
    if (container) container.current ??= typeof id === 'string' ? id : '';
    const leave = inspection.enterResource(value);
    check(value, inspection);
    leave();
    if (container) container.current = outer;
  };
}

/** The check of a resource, which from here on holds what it contains and, when it is a Bundle, its entries. */
export function openResource(check: Check): Check {
  return (value, inspection) => {
    if (!isFields(value) || inspection.container?.current !== undefined) {
      check(value, inspection);
      return;
    }
    insideResource(value, inspection, (own) => {
      check(value, inspection);
      if (value.contained === undefined || inspection.stopped) return;
      for (const { code, diagnostics, place } of own.faults()) inspection.fault(code, diagnostics, place);
    });
  };
}

/** Does the work where references are resolved in this resource and, when it is a Bundle, among its entries. */
export function insideResource(value: Fields, inspection: Inspection, work: (own: Container) => void): void {
  const { container, bundle, root } = inspection;
  const own = new Container(value);
  inspection.container = own;
  inspection.root = value;
  if (value.resourceType === 'Bundle') inspection.bundle = new BundleIndex(value);
  const leave = inspection.enterResource(value);
  work(own);
  leave();
  inspection.container = container;
  inspection.bundle = bundle;
  inspection.root = root;
}

function typeOf(value: unknown, checks: ResourceChecks, inspection: Inspection): string | undefined {
  if (!isFields(value)) {
    inspection.fault('structure', `Here stands ${kindOf(value)}; allowed is a resource, a JSON object.`);
    return undefined;
  }
  const type = value.resourceType;
  if (typeof type !== 'string') {
    inspection.fault('structure', 'The property resourceType with the name of a resource type is missing.');
  } else if (checks.knows(type)) {
    return type;
  } else if (checks.isResourceType(type)) {
    inspection.fault('not-supported', `Resources of type ${type} are not supported here.`);
  } else {
    inspection.fault('structure', `${quotedName(type) ?? 'The resourceType'} is no resource type of FHIR R4.`);
  }
  return undefined;
}
