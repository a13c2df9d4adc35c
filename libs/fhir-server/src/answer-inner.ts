import { FhirError } from '#fhir';
import { NotAudited } from '#fhir-store';
import { type Refusal, refusalOf } from './errors.js';
import { fhirRequestOf, refuseOddities, showAsAsked } from './exchange.js';
import { type Presentation, presented } from './formats/presentation.js';
import type { InnerRequest } from './inner-request.js';
import { interact } from './interactions/interact.js';
import type { FhirRequest, FhirResponse } from './operation.js';
import { changesState, partOf, withOnce } from './once/keyed-request.js';
import { refuseForbidden } from './permission.js';
import { refused } from './refused.js';
import { contentOf, takesResource } from './request-body.js';
import { type Route, routeOf, segmentsOf } from './route.js';
import type { Serving } from './serving.js';

/** Answers it by the services of this process, as if it had come alone. */
export async function answerInner(inner: InnerRequest, serving: Serving, newId: () => string): Promise<FhirResponse> {
  const { url, headers, method = 'GET', caller, act, now } = inner;
  const [, ...search] = url.split('?');
  const segments = segmentsOf(`/fhir/${url}`);
  if (!segments) throw FhirError.of('value', 'The address is not well-formed.');
  const route = routeOf(method, segments, serving.faces);
  if (isAlone(route) || isSecret(route)) {
    throw FhirError.of('not-supported', 'This is asked for by a request of its own, not inside another one.');
  }
  refuseForbidden(caller, route, headers);
  const { requestId = newId(), correlationId, traceparent } = act;
  const correlation = { requestId, correlationId, ...(traceparent === undefined ? {} : { traceparent }) };
  const shown: Presentation = { format: 'json', pretty: false };
  const query = new URLSearchParams(search.join('?'));
  const exchange = { caller, route, headers, correlation, bars: false, query, shown };
  refuseOddities(exchange, serving.limits);
  showAsAsked(exchange, { query, route });
  const request = fhirRequestOf(exchange, { method, now, newId, auditing: serving.auditing });
  const content = contentFor(inner, route, serving);
  const asked = { ...request, ...content };
  const response =
    act.once && changesState(route, method)
      ? await serving.once.answer(partOf(act.once, { route, caller, serving }), (once) =>
          interact(route, withOnce(asked, once), serving),
        )
      : await interact(route, asked, serving);
  await serving.auditing.answered(request.act, route, response);
  return presented(response, { format: 'json', pretty: false, subset: shown.subset });
}

type Alone = Extract<Route, { interaction: 'capabilities' | 'openapi' | 'smart-configuration' | 'transaction' }>;

/** A Bundle within a Bundle is not taken, and what the server says of itself is asked for by itself. */
function isAlone(route: Route): route is Alone {
  return ['capabilities', 'openapi', 'smart-configuration', 'transaction'].includes(route.interaction);
}

/** A job would store its answer. */
function isSecret(route: Route): boolean {
  return route.interaction === 'operation' && route.operation.definition.answersSecret === true;
}

function contentFor(
  { method = 'GET', body, headers }: InnerRequest,
  route: Route,
  serving: Serving,
): Pick<FhirRequest, 'resource' | 'patch'> {
  if (body === undefined) return {};
  if (!takesResource(route, method)) {
    throw FhirError.of('not-supported', 'This request takes no body; leave the resource out.');
  }
  return contentOf(body, { route, headers, serving });
}

/** The same, where the answer to one that cannot be served stands beside the answers to others. */
export async function outcomeOfInner(
  inner: InnerRequest,
  serving: Serving,
  newId: () => string,
): Promise<FhirResponse> {
  try {
    return await answerInner(inner, serving, newId);
  } catch (thrown) {
    return refused(await notedRefusal(thrown, inner, serving));
  }
}

async function notedRefusal(thrown: unknown, inner: InnerRequest, serving: Serving): Promise<Refusal> {
  const refusal = refusalOf(thrown);
  if (refusal.failure) serving.unexpected?.(refusal);
  try {
    const { caller, headers, act } = inner;
    const query = new URLSearchParams(inner.url.split('?').slice(1).join('?'));
    const route = routeIn(inner, serving);
    if (!(thrown instanceof NotAudited))
      await serving.auditing.refused({ caller, headers, query, ...(route ? { route } : {}) }, refusal.status, act);
    return refusal;
  } catch (notAudited) {
    return refusalOf(notAudited);
  }
}

/** Undefined where there is none. */
function routeIn({ url, method = 'GET' }: InnerRequest, { faces }: Serving): Route | undefined {
  try {
    return routeOf(method, segmentsOf(`/fhir/${url}`) ?? [], faces);
  } catch {
    return undefined;
  }
}
