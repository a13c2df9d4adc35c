import type { HealthcareService } from 'fhir/r4';
import { takenAt } from '../../directory-actors.js';
import { activities } from '../cast.js';
import type { Facts } from '../facts.js';

const held = `
  SELECT id FROM referral.task t, jsonb_array_elements(coalesce(t.content::jsonb -> 'extension', '[]')) e
  WHERE e ->> 'url' LIKE '%/held-place' AND e #>> '{valueReference,reference}' = $1 ORDER BY 1`;

/** Places that the directory counts otherwise than the parts that hold them, and activities that were overbooked. */
export async function placeFaults(facts: Facts): Promise<string[]> {
  const found: string[] = [];
  for (const { id, places } of activities) {
    const holders = (await facts.rows<{ id: string }>(held, [`HealthcareService/${id}`])).map((row) => row.id);
    const kept = await facts.rows<{ id: string }>(
      'SELECT DISTINCT task_id AS id FROM activity_directory.held_place WHERE service_id = $1 ORDER BY 1',
      [id],
    );
    const versions = await facts.rows<{ content: string }>(
      `SELECT content FROM activity_directory.every_version WHERE type = 'HealthcareService' AND id = $1 ORDER BY version`,
      [id],
    );
    const taken = versions.map(({ content }) => takenAt(JSON.parse(content) as HealthcareService) ?? 0);
    const most = Math.max(0, ...taken);
    found.push(
      ...(places !== undefined && holders.join() !== kept.map((row) => row.id).join()
        ? [`${id}: parts hold ${String(holders.length)} places, the directory keeps ${String(kept.length)}`]
        : []),
      ...(places !== undefined && taken.at(-1) !== holders.length
        ? [`${id} shows ${String(taken.at(-1))} places taken, ${String(holders.length)} are held`]
        : []),
      ...(places !== undefined && most > places ? [`${id} had ${String(most)} of ${String(places)} places taken`] : []),
    );
  }
  return found;
}
