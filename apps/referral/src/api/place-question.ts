import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import { questionPattern } from '#messaging';
import { DecideHold, type HoldDecision } from '../use-cases/directory/decide-hold.js';

const asked = z.object({ hold: z.string().min(1).max(64), task: z.string(), version: z.int().positive() });

/** Answers the directory, which asks what became of a place that it keeps. */
@Controller()
export class PlaceQuestion {
  constructor(private readonly decideHold: DecideHold) {}

  @MessagePattern(questionPattern('referral', 'place-hold'))
  answer(payload: unknown): Promise<HoldDecision> {
    return this.decideHold.execute(asked.parse(payload));
  }
}
