import { error, FhirError, isOwnedType, ownerOf, type Issue } from '#fhir';
import { asksForMore, isOfOneResource, parseSearch, type SearchQuery } from '#fhir-search';

const longest = 2_000;
const place = 'Subscription.criteria';

/**
 * What `Type?parameter=value&…` asks for. https://hl7.org/fhir/R4/subscription-definitions.html#Subscription.criteria
 * Throws FhirError with every fault; values are never quoted, for they may be somebody's identifier.
 */
export function criteriaOf(text: string): SearchQuery {
  if (text.length > longest) throw refused([error('too-long', `At most ${String(longest)} characters are taken.`)]);
  const [type = '', ...rest] = text.split('?');
  if (!isOwnedType(type) || ownerOf(type) === 'subscriptions') {
    const diagnostics = 'The criteria must begin with a resource type of this server, such as Task?status=accepted.';
    throw refused([error('not-supported', diagnostics)]);
  }
  const parameters = new URLSearchParams(rest.join('?'));
  const query = parsed(type, parameters);
  const issues = [...notCriteria(query, parameters), ...notEvaluated(query)];
  if (issues.length > 0) throw refused(issues);
  return query;
}

function parsed(type: string, parameters: URLSearchParams): SearchQuery {
  try {
    return parseSearch(type, parameters, { lenient: false }).query;
  } catch (fault) {
    throw fault instanceof FhirError ? refused(fault.issues) : fault;
  }
}

/** `_include`, `_sort`, `_count` … shape an answer; a notification has none. */
function notCriteria({ criteria }: SearchQuery, parameters: URLSearchParams): Issue[] {
  const known = new Set(criteria.flatMap((criterion) => ('parameter' in criterion ? [criterion.parameter.code] : [])));
  const codes = [...parameters.keys()].filter((name) => !leadsElsewhere(name)).map((name) => name.split(':')[0] ?? '');
  const others = [...new Set(codes)].filter((code) => !known.has(code));
  return others.map((code) => error('not-supported', `'${code}' shapes the answer of a search and is no criterion.`));
}

function leadsElsewhere(name: string): boolean {
  return name.startsWith('_has:') || name.includes('.');
}

/** What one resource answers by itself, without the store's help. */
function notEvaluated({ criteria }: SearchQuery): Issue[] {
  return criteria
    .flatMap((criterion) => (isOfOneResource(criterion) ? asksForMore(criterion) : [leadsOn]))
    .map((diagnostics) => error('not-supported', diagnostics));
}

const leadsOn = 'Chains and _has look at other resources than the one that changed.';

function refused(issues: readonly Issue[]): FhirError {
  return new FhirError(
    issues.map((issue) => ({ ...issue, diagnostics: `In the criteria: ${issue.diagnostics}`, expression: [place] })),
    { status: 422 },
  );
}
