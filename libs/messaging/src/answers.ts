import { type ArgumentsHost, Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type CustomStrategy, ServerNats } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import type { Msg, MsgCallback, NatsConnection } from '@nats-io/transport-node';
import { questionConnection, type QuestionsOptions, questionSubject } from './questions.js';

/** Answers questions by the `@MessagePattern` controllers of an app: `app.connectMicroservice(questionsTransport(…))`. */
export function questionsTransport(options: QuestionsOptions): CustomStrategy {
  return { strategy: new AnsweringServer(options) };
}

/** Sends an error's status and issues back to the asker, and never its message; anything without issues is a 500. */
@Catch()
export class AnswerErrors implements RpcExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    if (host.getType() !== 'rpc') throw error;
    const { status = 500, issues = [] } = error as { status?: unknown; issues?: unknown };
    const known = Array.isArray(issues) && issues.length > 0;
    return throwError(() => (known ? { status, issues } : { status: 500, issues: [] }));
  }
}

/** Replicas of a service share its questions. */
const queue = 'ginnel';

class AnsweringServer extends ServerNats {
  constructor(private readonly questions: QuestionsOptions) {
    super({ ...questionConnection(questions), queue });
  }

  override bindEvents(client: NatsConnection): void {
    for (const pattern of this.messageHandlers.keys()) {
      const callback = this.getMessageHandler(pattern).bind(this) as MsgCallback<Msg>;
      client.subscribe(questionSubject(pattern, this.questions.namespace), { queue, callback });
    }
  }
}
