import { Injectable } from '@nestjs/common';
import type { Bundle, Communication } from 'fhir/r4';
import { everyone, parseJson } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import { Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import { deliveryNoteIn } from '../../domain/feedback/delivery-note.js';
import { type DeliveryNote, noted } from '../../domain/feedback/tracking.js';

/** Writes into a message's Communication what became of it, as the service that sends tells. */
@Injectable()
export class NoteDelivery {
  constructor(private readonly store: FhirStore) {}

  async execute(told: Bundle, act: Act, tx: Session): Promise<void> {
    const found = deliveryNoteIn(told);
    if (!found) throw new Unprocessable('The event about a message does not say which one, or what became of it.');
    const stored = await this.store.read('Communication', found.communicationId, everyone, tx);
    // Erased with its person meanwhile.
    if (!stored || stored.deleted) return;
    const before = parseJson(stored.content) as Communication;
    if (before.status === 'completed') return;
    const { audience, version } = stored;
    const resource = noted(before, found.note);
    const event = events[found.note.state];
    await this.store.commit([{ interaction: 'update', resource, audience, version, event }], act, tx);
  }
}

const events: Readonly<Record<DeliveryNote['state'], string>> = {
  sent: 'message-delivered.v1',
  waiting: 'message-delayed.v1',
  unaddressed: 'message-undeliverable.v1',
  stopped: 'message-given-up.v1',
};
