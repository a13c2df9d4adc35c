/** Asks again until the answer is as wished: an event had its effect. Gives up after 20 seconds. */
export async function eventually<T>(ask: () => Promise<T>, isWished: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isWished(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error('What an event should have done did not happen within 20 seconds.');
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
}
