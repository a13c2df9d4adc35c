import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';
import { type AnswerDoubt, type MessageContext } from '../message-context.js';

const said: Readonly<Record<AnswerDoubt, string>> = {
  'another-referral':
    'The ServiceRequest or the Task of this answer is of another referral than the message that it answers; check which of them is meant.',
  'unclear-referral':
    'Several referrals came by messages of this id; name the one that is meant by the id that its ServiceRequest or its Task has here.',
  'unclear-part':
    'Several Tasks of this referral are yours to answer; name the one that is meant by the id that it has here.',
};

/** What is said of one referral is never written into another one, nor guessed where it could be of several. */
export function answerIsOfOneReferral({ header, event }: Message, { known }: MessageContext): Issue[] {
  if (event !== 'servicerequest-response' || known.doubt === undefined) return [];
  return [error('conflict', said[known.doubt], `${header.path}.response.identifier`)];
}
