import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Issuer } from '../issuer.js';
import { show } from '../pages/show.js';
import type { RefusedSignIn } from '../people/sign-in.js';
import { requestFor } from '../provider/passed-request.js';
import { formIn } from '../tokens/token-request.js';
import { isFromOwnPage } from './same-origin.js';

const refusals = {
  wrong: { status: 401, words: 'The name or the password is not right.' },
  'too many': { status: 429, words: 'There were too many attempts. Try again in a quarter of an hour.', wait: '900' },
  busy: { status: 503, words: 'Too many sign in at once just now. Try again.', wait: '5' },
} as const satisfies Record<RefusedSignIn, { status: number; words: string; wait?: string }>;

/** Sets the status of a sign-in that did not succeed; tells what to say. */
export function refuseSignIn(reply: FastifyReply, refused: RefusedSignIn): string {
  const { status, words, ...told } = refusals[refused];
  void reply.code(status);
  if ('wait' in told) void reply.header('retry-after', told.wait);
  return words;
}

/** Where a person types name and password; the way to it and back is OpenID Connect's. */
export function mountSignInPage(scope: FastifyInstance, issuer: Issuer): void {
  scope.get<{ Params: { uid: string } }>('/auth/sign-in/:uid', async (request, reply) => {
    const begun = await begunSignIn(issuer, request, reply);
    return begun ? showForm(reply, begun) : showEnded(reply);
  });
  scope.post<{ Params: { uid: string } }>('/auth/sign-in/:uid', async (request, reply) => {
    const begun = await begunSignIn(issuer, request, reply);
    if (!begun || !isFromOwnPage(request, issuer.options.origin)) return showEnded(reply);
    const { name = '', password = '' } = formIn(typeof request.body === 'string' ? request.body : '');
    const result = await issuer.signIn.attempt({ name, password, address: request.ip });
    if ('refused' in result) {
      return showForm(reply, { ...begun, problem: refuseSignIn(reply, result.refused) });
    }
    const { provider } = await issuer.provider.current();
    const login = { login: { accountId: result.person.id, remember: false } };
    const sent = requestFor(request, issuer.name);
    const back = await provider.interactionResult(sent, reply.raw, login, { mergeWithLastSubmission: false });
    return reply.redirect(back, 303);
  });
}

interface Begun {
  action: string;
  /** Where the sign-in leads to in the end. */
  target: string;
  problem?: string;
}

/** The sign-in that this browser has begun; undefined where it has begun none, or another one. */
async function begunSignIn(
  { provider: kept, name }: Issuer,
  request: FastifyRequest<{ Params: { uid: string } }>,
  reply: FastifyReply,
): Promise<Begun | undefined> {
  const { provider } = await kept.current();
  const { uid } = request.params;
  try {
    const details = await provider.interactionDetails(requestFor(request, name), reply.raw);
    const { redirect_uri: target } = details.params;
    if (details.uid !== uid || typeof target !== 'string') return undefined;
    return { action: `${new URL(name).pathname}/sign-in/${details.uid}`, target: new URL(target).origin };
  } catch {
    return undefined;
  }
}

function showForm(reply: FastifyReply, { action, target, problem }: Begun): FastifyReply {
  const fields = [
    { name: 'name', label: 'Name', autocomplete: 'username', required: true },
    { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true },
  ] as const;
  return show(reply, 'Sign in', {
    form: { action, fields, button: 'Sign in' },
    formTarget: target,
    ...(problem === undefined ? {} : { problem }),
  });
}

function showEnded(reply: FastifyReply): FastifyReply {
  void reply.code(400);
  return show(reply, 'Sign in', {
    words: [
      'This sign-in has ended, or it was begun in another browser. Go back to where you came from and begin again.',
    ],
  });
}
