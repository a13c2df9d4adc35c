import { Agent, request as httpRequest } from 'node:http';
import { Dice } from './dice.js';
import { hostileRequest, type HostileRequest } from './requests.js';

export interface Attack {
  /** http://host:port */
  url: string;
  seed: number;
  count: number;
  /** Tokens of honest clients, whom the attacker has robbed; some requests come without one. */
  tokens: readonly string[];
}

export interface Damage {
  /** How many answers of each status. */
  statuses: Map<number, number>;
  /** Answers of class 5xx and requests without an answer, as `seed/number status method path`. */
  broken: string[];
  /** Refusals of the FHIR face that say nothing: no OperationOutcome in the body. */
  speechless: string[];
}

const atOnce = 16;

/** Sends so many hostile requests and tells what became of the server. */
export async function attack({ url, seed, count, tokens }: Attack): Promise<Damage> {
  const damage: Damage = { statuses: new Map(), broken: [], speechless: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  let next = 0;
  const attacker = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) {
      const dice = new Dice(seed * 1_000_003 + number);
      const token = dice.chance(0.9) ? dice.of(tokens) : undefined;
      const sent = withToken(hostileRequest(dice), token);
      note(damage, { name: `${String(seed)}/${String(number)}`, sent, answer: await answerTo(url, sent, agent) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, attacker));
  agent.destroy();
  return damage;
}

interface Answer {
  status: number;
  body: string;
}

function withToken(sent: HostileRequest, token: string | undefined): HostileRequest {
  if (token === undefined || sent.headers.authorization !== undefined) return sent;
  return { ...sent, headers: { ...sent.headers, authorization: `Bearer ${token}` } };
}

function note(damage: Damage, { name, sent, answer }: { name: string; sent: HostileRequest; answer: Answer }): void {
  const { status, body } = answer;
  damage.statuses.set(status, (damage.statuses.get(status) ?? 0) + 1);
  const line = `${name} ${status === 0 ? body : String(status)} ${sent.method} ${sent.path.slice(0, 120)}`;
  if (status === 0 || status >= 500) damage.broken.push(line);
  const silent = sent.method === 'HEAD' || sent.headers.accept !== undefined || sent.path.includes('_format');
  if (status >= 400 && !silent && !body.includes('OperationOutcome')) damage.speechless.push(line);
}

/** Status 0, and why, where there was no answer. */
function answerTo(url: string, { method, path, headers, body }: HostileRequest, agent: Agent): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = httpRequest(
      { hostname, port, method, path, agent, headers: { ...headers, ...length } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() });
        });
      },
    );
    sent.on('error', (error) => {
      resolve({ status: 0, body: error.message });
    });
    sent.end(body);
  });
}
