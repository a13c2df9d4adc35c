import { Injectable } from '@nestjs/common';
import { type Audience, FhirError } from '#fhir';
import { codesAtMost, type CodesQuestion, ownCodes } from '#fhir-server';
import type { SystemCode } from '#terminology';
import { KnownTerminology } from './known-terminology.js';

/** Codes that a search of any service stands for by a value set or a code system that is stored here. */
@Injectable()
export class ListStoredCodes {
  constructor(private readonly knownTerminology: KnownTerminology) {}

  async execute(asked: readonly CodesQuestion[], reader: Audience): Promise<(readonly SystemCode[] | undefined)[]> {
    const terminology = await this.knownTerminology.execute({ canonicals: asked.map(canonicalIn) }, reader);
    const codes = asked.map((question) => ownCodes(question, terminology));
    const count = codes.reduce((sum, some) => sum + (some?.length ?? 0), 0);
    if (count > codesAtMost) throw tooMany(count);
    return codes;
  }
}

function canonicalIn(question: CodesQuestion): string {
  if ('valueSet' in question) return question.valueSet;
  return ('below' in question ? question.below : question.above).system;
}

function tooMany(count: number): FhirError {
  const diagnostics = `The value sets of this search hold ${String(count)} codes together; at most ${String(codesAtMost)} are sought at once.`;
  return FhirError.of('too-costly', diagnostics, { status: 400 });
}
