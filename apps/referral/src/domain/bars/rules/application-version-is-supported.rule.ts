import { error, warning, type Issue } from '#fhir';
import { isUseCase, vcseUseCase } from '../codes.js';
import { type Message } from '../message.js';
import { isEnding } from '../workflow.js';

/** The newest major version that an application of BaRS has; what came before it differs little. */
const newestMajor = 2;

/** What is told in a version that is to come may mean something else. Our own use case is of none, and what ends is heard in any. */
export function applicationVersionIsSupported(message: Message): Issue[] {
  const version = message.bundle.meta?.versionId;
  const major = majorOf(version);
  if (major === undefined || major <= newestMajor || isUseCase(message.useCase, vcseUseCase)) return [];
  const fault = isEnding(message) ? warning : error;
  const said = `Bundle.meta.versionId is ${String(version)}; BaRS applications are taken up to version ${String(newestMajor)}.`;
  return [fault('not-supported', said, 'Bundle.meta.versionId')];
}

/** Of 1.2.0-beta, v1.0 or 1; undefined for what is written otherwise, of which it cannot be told. */
function majorOf(version = ''): number | undefined {
  const [, major] = /^v?(\d{1,3})(?:\.\d+)*(?:[-.][a-z].*|(?:alpha|beta|rc).*)?$/i.exec(version) ?? [];
  return major === undefined ? undefined : Number(major);
}
