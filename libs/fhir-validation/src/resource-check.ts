import { BundleIndex } from './bundle-index.js';
import { Container } from './container.js';
import { isFields, kindOf } from './fields.js';
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
    const outer = { current: container?.current, resource: inspection.resource };
    if (container) container.current ??= typeof id === 'string' ? id : '';
    inspection.resource = value;
    check(value, inspection);
    if (container) container.current = outer.current;
    inspection.resource = outer.resource;
  };
}

/** The check of a resource, which from here on holds what it contains and, when it is a Bundle, its entries. */
export function openResource(check: Check): Check {
  return (value, inspection) => {
    const { container, bundle, resource, root } = inspection;
    if (!isFields(value) || container?.current !== undefined) {
      check(value, inspection);
      return;
    }
    const own = new Container(value);
    inspection.container = own;
    inspection.resource = inspection.root = value;
    if (value.resourceType === 'Bundle') inspection.bundle = new BundleIndex(value);
    check(value, inspection);
    if (value.contained !== undefined && !inspection.stopped) {
      for (const { code, diagnostics, place } of own.faults()) inspection.fault(code, diagnostics, place);
    }
    inspection.container = container;
    inspection.bundle = bundle;
    inspection.resource = resource;
    inspection.root = root;
  };
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
