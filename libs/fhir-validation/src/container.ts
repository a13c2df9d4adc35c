import { type IssueCode } from '#fhir';
import { type Fields, isFields } from './fields.js';

/** A resource and those it contains. https://hl7.org/fhir/R4/references.html#contained */
export class Container {
  private resources: Map<string, Fields> | undefined;
  private readonly used = new Set<string>();
  /** The contained resource that the walk is in. */
  current: string | undefined;

  constructor(private readonly resource: Fields) {}

  /** The resource behind `#id`, or behind `#` alone: the container itself. */
  find(id: string): Fields | undefined {
    if (id === '') return this.resource;
    this.resources ??= new Map(this.contained().map((contained) => [contained.id as string, contained]));
    return this.resources.get(id);
  }

  typeOf(id: string): string | undefined {
    return this.find(id)?.resourceType as string | undefined;
  }

  /** Notes a reference to `#id`; a reference to `#` makes its own resource belong here. */
  use(id: string): void {
    if (id !== '') this.used.add(id);
    else if (this.current !== undefined) this.used.add(this.current);
  }

  /** What only the whole container shows: ids that are missing, doubled or never referred to (dom-3). */
  faults(): ContainedFault[] {
    const seen = new Set<unknown>();
    return this.contained().flatMap(({ id }, index): ContainedFault[] => {
      const place = `contained[${String(index)}]`;
      const isRepeated = seen.has(id);
      seen.add(id);
      if (typeof id !== 'string') {
        return [{ code: 'required', diagnostics: 'A contained resource needs an id.', place: `${place}.id` }];
      }
      if (isRepeated) {
        return [{ code: 'duplicate', diagnostics: 'Two contained resources have this id.', place: `${place}.id` }];
      }
      return this.used.has(id) ? [] : [{ code: 'invariant', diagnostics: unused, place }];
    });
  }

  private contained(): Fields[] {
    const { contained } = this.resource;
    return Array.isArray(contained) ? contained.filter(isFields) : [];
  }
}

interface ContainedFault {
  code: IssueCode;
  diagnostics: string;
  /** Below the container. */
  place: string;
}

const unused =
  'A contained resource must be referred to by the resource that contains it, or refer to it by "#" (dom-3).';
