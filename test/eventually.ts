/** Asks again until the answer is as wished: the event behind it has had its effect. Fails with the last answer otherwise. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWished: (answer: T) => boolean,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isWished(answer)) return answer;
    if (Date.now() > deadline)
      throw new Error(`What was wished did not come; last: ${JSON.stringify(answer).slice(0, 2000)}`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
