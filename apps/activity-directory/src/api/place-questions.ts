import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { HealthcareService } from 'fhir/r4';
import { z } from 'zod';
import { parseJson } from '#fhir';
import { questionPattern } from '#messaging';
import type { Alternative } from '../domain/alternatives.js';
import { HoldPlace } from '../use-cases/places/hold-place.js';
import { type JudgedActivity, JudgeReferability } from '../use-cases/judge-referability.js';

const need = z.object({
  useCases: z.array(z.object({ system: z.string(), code: z.string() })),
  today: z.iso.date(),
  until: z.string().optional(),
});
const asked = z.object({ service: z.string(), need, planned: z.string().optional() });
const held = z.object({
  hold: z.string().min(1).max(64),
  service: z.string(),
  task: z.string(),
  version: z.int().positive(),
  need,
  correlationId: z.string(),
});

/** Answers what the referral service asks before it sends somebody to an activity, and before it accepts him there. */
@Controller()
export class PlaceQuestions {
  constructor(
    private readonly judgeReferability: JudgeReferability,
    private readonly holdPlace: HoldPlace,
  ) {}

  @MessagePattern(questionPattern('activity-directory', 'referability'))
  judge(payload: unknown): Promise<JudgedActivity> {
    const { service, planned, need: wanted } = asked.parse(payload);
    const entry = planned === undefined ? undefined : (parseJson(planned) as HealthcareService);
    return this.judgeReferability.execute(service, wanted, entry);
  }

  @MessagePattern(questionPattern('activity-directory', 'hold-place'))
  async hold(payload: unknown): Promise<{ held: boolean; alternatives: Alternative[] }> {
    const { need: wanted, correlationId, ...hold } = held.parse(payload);
    const act = { agent: 'referral', interaction: 'hold-place', correlationId };
    if (await this.holdPlace.execute(hold, act)) return { held: true, alternatives: [] };
    return { held: false, alternatives: await this.judgeReferability.alternativesTo(hold.service, wanted) };
  }
}
