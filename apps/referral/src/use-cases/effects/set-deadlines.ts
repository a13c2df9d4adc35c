import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { deadlinesOf, type Deadlines, loadProgramme, programmeNames, WorkingTime } from '#programmes';
import { keepDeadlines, type Moment } from '../../domain/deadlines/keep-deadlines.js';
import { activityAfter } from '../../domain/held-place.js';
import { programmesOf } from '../../domain/programmes-of.js';
import { ProviderDirectory } from '../provider-directory.js';

/** Says in a part until when it is to be answered, by the programme of its activity. */
@Injectable()
export class SetDeadlines {
  readonly #time = new WorkingTime();
  readonly #programmes = programmeNames().map((name) => loadProgramme(name).definition);

  constructor(private readonly directory: ProviderDirectory) {}

  async execute(parts: readonly [previous: Task | undefined, task: Task], moment: Moment): Promise<Task> {
    return keepDeadlines(parts, {
      ...moment,
      deadlines: await this.#deadlinesOf(activityAfter(...parts)),
      time: this.#time,
    });
  }

  async #deadlinesOf(id: string | undefined): Promise<Deadlines> {
    const service = id === undefined ? undefined : await this.directory.activity(id);
    const names = service ? programmesOf(service) : [];
    return deadlinesOf(this.#programmes.find((one) => names.includes(one.id))?.deadlines);
  }
}
