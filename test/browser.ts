import { origin, type Told } from './issuer-world.js';

/** A browser as far as sign-in needs one: it keeps cookies and sends them where they belong. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>();

  constructor(private readonly url: string) {}

  get(path: string): Promise<Told> {
    return this.#send(path, {});
  }

  post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Told> {
    const own = { origin, 'sec-fetch-site': 'same-origin', ...headers };
    return this.#send(path, { method: 'POST', body: new URLSearchParams(form), headers: own });
  }

  async #send(path: string, init: { method?: string; body?: URLSearchParams; headers?: Record<string, string> }) {
    const sent = [...this.#cookies].filter(([, cookie]) => path.startsWith(cookie.path));
    const cookie = sent.map(([name, { value }]) => `${name}=${value}`).join('; ');
    const answer = await fetch(`${this.url}${path}`, {
      ...init,
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...rest] = line.split('; ');
      const [name = '', value = ''] = pair.split('=');
      const setPath = rest.find((part) => part.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path: setPath });
    }
    return { status: answer.status, headers: answer.headers, body: { text: await answer.text() } };
  }
}
