import { randomUUID } from 'node:crypto';
import type { Subscription } from 'fhir/r4';
import { askForEvaluation } from './evaluation.js';
import type { TokenSource } from '../issuer/kept-tokens.js';
import { castOf, systemsOf } from './cast.js';
import { findAndRefer, referPlainly, subscribe, unsubscribe } from './find-and-refer.js';
import { contactAndAccept, reject } from './first-contact.js';
import { Mailbox } from './mailbox.js';
import { Narrator } from './narrator.js';
import { bringOutcomeBack } from './outcome.js';
import { answerAfter, answerBaseline } from './questionnaires.js';
import { attendSessions } from './sessions.js';
import { base, type Stage } from './stage.js';

export interface StoryOptions {
  /** `[base]` */
  baseUrl: string;
  tokens: TokenSource;
  json: boolean;
  write: (line: string) => void;
}

/** One referral through the whole loop with invented people; false, and why, where it does not go well. */
export async function tellStory({ baseUrl, tokens, json, write }: StoryOptions): Promise<boolean> {
  const narrator = new Narrator(write, { json, now: () => performance.now() });
  const cast = castOf(baseUrl, tokens);
  const systems = systemsOf(baseUrl, tokens);
  const stage: Stage = { cast, systems, narrator, baseUrl, newId: randomUUID, now: () => new Date() };
  const mailbox = await Mailbox.open();
  try {
    const subscription = await subscribe(stage, mailbox.url);
    mailbox.believe(secretOf(subscription));
    const referred = await findAndRefer(stage);
    const other = await referPlainly(stage);
    const task = await contactAndAccept(stage, referred);
    await reject(stage, other);
    await answerBaseline(stage, referred);
    await attendSessions(stage, { referred, task });
    await answerAfter(stage, referred);
    await bringOutcomeBack(stage, { referred, task, mailbox });
    await unsubscribe(stage, subscription);
    await askForEvaluation(stage, (await tokens.get('analyst')) ?? '');
    return true;
  } catch (error) {
    write(json ? JSON.stringify({ failed: messageOf(error) }) : `\nThis did not go well: ${messageOf(error)}`);
    return false;
  } finally {
    await mailbox.close();
  }
}

/** What its notifications are signed with. */
function secretOf({ channel }: Subscription): string {
  return channel.extension?.find(({ url }) => url === `${base}/StructureDefinition/webhook-secret`)?.valueString ?? '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'for an unknown reason';
}
