import type { Slot } from 'fhir/r4';
import { withPlacesTaken } from '../domain/places.js';
import { KeepCapacity } from './keep-capacity.js';
import type { HeldPlaces } from './places/held-places.js';

it('keeps its own count of a session, whatever a client sends, and closes what its provider calls busy', async () => {
  const slot: Slot = {
    resourceType: 'Slot',
    status: 'free',
    schedule: { reference: 'Schedule/walks' },
    start: '2027-01-12T10:00:00Z',
    end: '2027-01-12T11:00:00Z',
    extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/places', valuePositiveInt: 8 }],
  };
  const keepCapacity = new KeepCapacity({} as HeldPlaces);
  const shown = withPlacesTaken(slot, 3);
  expect(await keepCapacity.execute(withPlacesTaken(slot, 5))).toEqual({ resource: slot });
  expect(await keepCapacity.execute({ ...withPlacesTaken(slot, 0), status: 'busy' }, shown)).toEqual({
    resource: { ...shown, status: 'busy-unavailable' },
  });
});
