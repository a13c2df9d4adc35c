import type { Annotation, Task, TaskOutput } from 'fhir/r4';
import { taskOutputSystem } from '../programme.js';
import type { HumanRequest } from './summary-input.js';

const kinds = { 'action-for-practice': 'action', 'information-for-practice': 'information' } as const;

/** What people marked for the practice when they worked on their part: a text, and who asks. */
export function requestsOf(parts: readonly Task[]): HumanRequest[] {
  return marked(parts).flatMap(({ kind, annotation, part }) => {
    const markedBy = authorOf(annotation);
    const markedOn = annotation.time ?? part.lastModified ?? '';
    return markedBy === undefined ? [] : [{ kind, text: annotation.text, markedBy, markedOn }];
  });
}

/** What was marked and nobody put a name to: it is said, and asks for nothing. */
export function namelessRequests(parts: readonly Task[]): string[] {
  return marked(parts).flatMap(({ annotation }) => (authorOf(annotation) === undefined ? [annotation.text] : []));
}

function marked(parts: readonly Task[]) {
  return parts.flatMap((part) =>
    (part.output ?? []).flatMap((output) => {
      const kind = kindOf(output);
      const annotation = output.valueAnnotation;
      return kind !== undefined && annotation ? [{ kind, annotation, part }] : [];
    }),
  );
}

function kindOf({ type }: TaskOutput): HumanRequest['kind'] | undefined {
  const codes = type.coding?.flatMap(({ system, code }) => (system === taskOutputSystem && code ? [code] : []));
  const code = codes?.find((one): one is keyof typeof kinds => Object.hasOwn(kinds, one));
  return code === undefined ? undefined : kinds[code];
}

function authorOf({ authorString, authorReference }: Annotation): string | undefined {
  const name = (authorString ?? authorReference?.display ?? '').trim();
  return name === '' ? undefined : name;
}
