import { error, warning, type Issue } from '#fhir';
import { isUseCase, vcseUseCase } from '../codes.js';
import { type Message } from '../message.js';
import { isEnding } from '../workflow.js';

/** Bundle.meta.versionId carries the version of the BaRS application; our own use case is of none, and what ends needs none. */
export function applicationVersionIsGiven(message: Message): Issue[] {
  if (message.bundle.meta?.versionId !== undefined || isUseCase(message.useCase, vcseUseCase)) return [];
  const fault = isEnding(message) ? warning : error;
  const missing = 'Bundle.meta.versionId is missing; give the version of the BaRS application.';
  return [fault('required', missing, 'Bundle.meta.versionId')];
}
