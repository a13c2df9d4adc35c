import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { roles } from '#auth';
import type { Registered } from '../clients/register-client.js';
import type { Issuer } from '../issuer.js';
import { show } from '../pages/show.js';
import { type Form, formIn } from '../tokens/token-request.js';
import { formToken, isFormToken, operatorCookieName, readCookie, writeCookie } from './operator-cookie.js';
import { isFromOwnPage } from './same-origin.js';
import { refuseSignIn } from './sign-in-page.js';

const address = '/auth/register';

/** Registers a client through a form, for an operator who signed in; of a sandbox only. */
export function mountRegisterPage(scope: FastifyInstance, issuer: Issuer): void {
  const page = new RegisterPage(issuer);
  scope.get(address, (request, reply) => page.show(request, reply));
  scope.post(address, (request, reply) => page.take(request, reply));
}

class RegisterPage {
  constructor(private readonly issuer: Issuer) {}

  async show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const cookie = await this.#operatorsCookie(request);
    return cookie === undefined ? showSignIn(reply) : this.#showForm(reply, { cookie });
  }

  async take(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { origin } = this.issuer.options;
    if (!isFromOwnPage(request, origin)) return showSignIn(reply.code(403), 'This form was not sent from this page.');
    const form = formIn(typeof request.body === 'string' ? request.body : '');
    if ('password' in form) return this.#signIn(form, request, reply);
    const cookie = await this.#operatorsCookie(request);
    if (cookie === undefined || !isFormToken(form['token'] ?? '', cookie, this.issuer.pageKey))
      return showSignIn(reply.code(401), 'Your sign-in has ended: sign in again.');
    return this.#register(form, cookie, reply);
  }

  async #signIn({ name = '', password = '' }: Form, request: FastifyRequest, reply: FastifyReply) {
    const result = await this.issuer.signIn.attempt({ name, password, address: request.ip });
    if ('refused' in result) return showSignIn(reply, refuseSignIn(reply, result.refused));
    if (result.person.role !== 'operator') return showSignIn(reply.code(403), 'Clients are registered by an operator.');
    const value = writeCookie(result.person.id, { key: this.issuer.pageKey, now: Date.now() });
    const secure = this.issuer.options.origin.startsWith('https:') ? '; Secure' : '';
    void reply.header(
      'set-cookie',
      `${operatorCookieName}=${value}; Path=${address}; HttpOnly; SameSite=Strict${secure}`,
    );
    return reply.redirect(address, 303);
  }

  async #register(form: Form, cookie: string, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const registered = await this.issuer.register.execute({ ...form, id: form['client'] ?? '', redirectUris: [] });
      return await showRegistered(reply, registered);
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'The client could not be registered.';
      return this.#showForm(reply.code(422), { cookie, problem, form });
    }
  }

  #showForm(
    reply: FastifyReply,
    { cookie, problem, form = {} }: { cookie: string; problem?: string; form?: Form },
  ): FastifyReply {
    const fields = [
      { name: 'client', label: 'Client id', hint: 'Letters, digits, hyphens, dots and _.', required: true },
      { name: 'role', label: 'Role', choices: roles.filter((role) => role !== 'patient') },
      { name: 'organisation', label: 'Organisation', hint: 'The id of the Organization it acts for.', required: true },
      { name: 'scope', label: 'Scopes', hint: 'Separated by spaces; empty is all that the role may do.' },
      {
        name: 'jwks',
        label: 'Public keys',
        type: 'area',
        hint: 'A JSON Web Key Set, or the https address of one; empty makes a key pair.',
      },
      { name: 'certificate', label: 'Certificate', type: 'area', hint: 'PEM; only where it uses mutual TLS.' },
    ] as const;
    return show(reply, 'Register a client', {
      form: {
        action: address,
        hidden: { token: formToken(cookie, this.issuer.pageKey) },
        fields: fields.map((field) => ({ ...field, value: form[field.name] ?? '' })),
        button: 'Register',
      },
      ...(problem === undefined ? {} : { problem }),
    });
  }

  /** The cookie, where it is one of somebody who is an operator now. */
  async #operatorsCookie({ headers }: FastifyRequest): Promise<string | undefined> {
    const cookies = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
    const [, value] = cookies.find(([name]) => name === operatorCookieName) ?? [];
    if (value === undefined) return undefined;
    const id = readCookie(value, { key: this.issuer.pageKey, now: Date.now() });
    const person = id === undefined ? undefined : await this.issuer.people.find(id);
    return person?.role === 'operator' ? value : undefined;
  }
}

function showSignIn(reply: FastifyReply, problem?: string): FastifyReply {
  const fields = [
    { name: 'name', label: 'Name', autocomplete: 'username', required: true },
    { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', required: true },
  ] as const;
  return show(reply, 'Sign in to register a client', {
    form: { action: address, fields, button: 'Sign in' },
    ...(problem === undefined ? {} : { problem }),
  });
}

function showRegistered(reply: FastifyReply, { client, privateKey }: Registered): FastifyReply {
  const words = [`${client.id} is registered, as ${client.role ?? ''} of ${client.organisation ?? ''}.`];
  return show(
    reply.code(201),
    'Registered',
    privateKey === undefined
      ? { words }
      : {
          words: [
            ...words,
            'This is its private key. It is shown this once: copy it to where only the client reads it.',
          ],
          shown: JSON.stringify(privateKey, null, 2),
        },
  );
}
