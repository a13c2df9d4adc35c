import { sandboxTokens, startWorld, type World } from './world.js';
import { tellStory } from '../apps/sandbox/src/story/tell-story.js';

describe('one referral through the whole loop', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('goes from the practice to the charity and its outcome comes back', async () => {
    const lines: string[] = [];
    const write = (line: string): void => {
      lines.push(line);
    };
    const well = await tellStory({ baseUrl: `${world.url}/fhir`, tokens: sandboxTokens(), json: true, write });
    expect([well, lines.filter((line) => line.includes('"failed"'))]).toEqual([true, []]);
    expect(lines.length).toBeGreaterThan(25);
  });

  it('goes well a second time on the same data', async () => {
    const lines: string[] = [];
    const write = (line: string): void => {
      lines.push(line);
    };
    const well = await tellStory({ baseUrl: `${world.url}/fhir`, tokens: sandboxTokens(), json: true, write });
    expect([well, lines.filter((line) => line.includes('"failed"'))]).toEqual([true, []]);
  });
});
