import { FhirError } from '#fhir';
import { committedAfresh } from './overtaken.js';

const overtaken = () => FhirError.of('conflict', 'Another request was faster.');

/** Plans 1, 2, 3 …; the first `losing` of them are overtaken. */
function stepsThatLose(losing: number) {
  let plans = 0;
  return {
    plan: () => Promise.resolve(++plans),
    commit: (planned: number) => (planned > losing ? Promise.resolve(planned) : Promise.reject(overtaken())),
  };
}

describe('a plan that was overtaken', () => {
  it('is made again on fresh reads, three times at most', async () => {
    expect(await committedAfresh(stepsThatLose(3))).toBe(4);
    await expect(committedAfresh(stepsThatLose(4))).rejects.toThrow('faster');
  });

  it("is not made again where it was the client's own resource that changed", async () => {
    const own = FhirError.of('conflict', 'Read it again.', { status: 412 });
    const steps = { ...stepsThatLose(1), beforeNext: () => Promise.reject(own) };
    await expect(committedAfresh(steps)).rejects.toBe(own);
  });

  it('is not made again where it was refused for another reason', async () => {
    const refused = FhirError.of('duplicate', 'It came before.');
    const plans: number[] = [];
    const steps = {
      plan: () => Promise.resolve(plans.push(1)),
      commit: () => Promise.reject(refused),
    };
    await expect(committedAfresh(steps)).rejects.toBe(refused);
    expect(plans).toHaveLength(1);
  });
});
