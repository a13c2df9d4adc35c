import { error, type Issue } from '#fhir';
import { isUseCase, vcseUseCase } from '../codes.js';
import { type Message } from '../message.js';

/** Bundle.meta.versionId carries the version of the BaRS application; our own use case is of none. */
export function applicationVersionIsGiven({ bundle, useCase }: Message): Issue[] {
  if (bundle.meta?.versionId !== undefined || isUseCase(useCase, vcseUseCase)) return [];
  const missing = 'Bundle.meta.versionId is missing; give the version of the BaRS application.';
  return [error('required', missing, 'Bundle.meta.versionId')];
}
