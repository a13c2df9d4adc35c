import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { FhirError } from '#fhir';
import { testInfrastructure } from '#testing';
import { AnswerErrors, questionsTransport } from './answers.js';
import { NoAnswer, questionPattern, QuestionRefused, Questions } from './questions.js';

@Controller()
class DirectoryAnswers {
  @MessagePattern(questionPattern('activity-directory', 'echo'))
  echo(payload: unknown): unknown {
    return { heard: payload };
  }

  @MessagePattern(questionPattern('activity-directory', 'nothing'))
  nothing(): undefined {
    return undefined;
  }

  @MessagePattern(questionPattern('activity-directory', 'refuse'))
  refuse(): never {
    throw FhirError.of('forbidden', 'This organisation may not read it.', { expression: 'HealthcareService' });
  }

  @MessagePattern(questionPattern('activity-directory', 'fail'))
  fail(): never {
    throw new Error('Mrs Example broke it');
  }

  @MessagePattern(questionPattern('activity-directory', 'dawdle'))
  dawdle(): Promise<never> {
    return new Promise(() => undefined);
  }
}

@Module({ controllers: [DirectoryAnswers] })
class AnswersModule {}

describe('Questions', () => {
  const connection = { url: testInfrastructure().natsUrl, namespace: `test-${randomUUID().slice(0, 8)}` };
  let app: INestMicroservice;
  let questions: Questions;

  beforeAll(async () => {
    app = await NestFactory.createMicroservice(AnswersModule, { ...questionsTransport(connection), logger: false });
    app.useGlobalFilters(new AnswerErrors());
    await app.listen();
    questions = new Questions({ ...connection, timeoutMs: 500 });
  });

  afterAll(async () => {
    await questions.close();
    await app.close();
  });

  const failure = (question: string, service = 'activity-directory'): Promise<unknown> =>
    questions.ask(service, question, {}).catch((error: unknown) => error);

  it('brings the answer of another service', async () => {
    const payload = { ids: [{ type: 'HealthcareService', id: 'walking-group' }], reader: ['keighley'] };
    expect(await questions.ask('activity-directory', 'echo', payload)).toEqual({ heard: payload });
    expect(await questions.ask('activity-directory', 'nothing', {})).toBeUndefined();
  });

  it('answers many questions at once, each with its own answer', async () => {
    const asked = Array.from({ length: 50 }, (_, index) => index);
    const answers = await Promise.all(asked.map((index) => questions.ask('activity-directory', 'echo', index)));
    expect(answers).toEqual(asked.map((heard) => ({ heard })));
  });

  it('says at once that nobody is there to answer', async () => {
    const nobody = new Questions({ ...connection, timeoutMs: 60_000 });
    await expect(nobody.ask('outcomes', 'echo', {})).rejects.toThrow(NoAnswer);
    await nobody.close();
  });

  it('gives up a question that is not answered in time', async () => {
    expect(await failure('dawdle')).toBeInstanceOf(NoAnswer);
  });

  it('gives up a question when the broker is away', async () => {
    const away = new Questions({ url: 'nats://127.0.0.1:1', timeoutMs: 500 });
    await expect(away.ask('referral', 'read', {})).rejects.toThrow(NoAnswer);
    await away.close();
  });

  it('brings back the status and issues of a refusal', async () => {
    const issue = {
      severity: 'error',
      code: 'forbidden',
      diagnostics: 'This organisation may not read it.',
      expression: ['HealthcareService'],
    };
    const refused = await failure('refuse');
    expect(refused).toEqual(new QuestionRefused('refuse', 403, [issue]));
    expect(refused).toMatchObject({ status: 403, issues: [issue] });
  });

  it('does not bring back the words of an unexpected error', async () => {
    expect(await failure('fail')).toMatchObject({ status: 500, issues: [] });
  });
});
