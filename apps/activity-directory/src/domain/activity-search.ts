import type { HealthcareService, Location } from 'fhir/r4';
import { distanceKm, type Place } from './distance.js';

/** What a person looks for. Nothing here says who the person is. */
export interface ActivityWish {
  /** Words that all have to occur, in any order. */
  text?: string;
  /** A condition that the activity is for. */
  condition?: { system?: string; code: string };
  near?: { place: Place; withinKm?: number };
}

export interface Activity {
  service: HealthcareService;
  locations: readonly Location[];
}

export interface FoundActivity extends Activity {
  /** To the nearest of its places; undefined for an activity without one (by phone or online). */
  distanceKm?: number;
}

/** The activities that fit, the nearest first; those without a place (phone, online) fit everywhere and come last. */
export function findActivities(activities: readonly Activity[], wish: ActivityWish): FoundActivity[] {
  const words = normalised(wish.text ?? '')
    .split(' ')
    .filter((word) => word !== '');
  return activities
    .filter(({ service }) => service.active !== false)
    .filter(({ service }) => words.every((word) => wordsOf(service).includes(word)))
    .filter(({ service }) => wish.condition === undefined || isFor(service, wish.condition))
    .map((activity) => withDistance(activity, wish.near?.place))
    .filter(({ distanceKm: km }) => km === undefined || wish.near?.withinKm === undefined || km <= wish.near.withinKm)
    .sort(nearestFirst);
}

function withDistance(activity: Activity, from: Place | undefined): FoundActivity {
  if (from === undefined) return activity;
  const distances = activity.locations.flatMap(({ position }) => (position ? [distanceKm(from, position)] : []));
  return distances.length === 0 ? activity : { ...activity, distanceKm: Math.min(...distances) };
}

function nearestFirst(a: FoundActivity, b: FoundActivity): number {
  const difference = (a.distanceKm ?? Infinity) - (b.distanceKm ?? Infinity);
  return Number.isNaN(difference) || difference === 0
    ? compare(a.service.name ?? '', b.service.name ?? '')
    : difference;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isFor({ eligibility = [] }: HealthcareService, condition: { system?: string; code: string }): boolean {
  return eligibility.some(({ code }) =>
    code?.coding?.some(
      (coding) =>
        coding.code === condition.code && (condition.system === undefined || coding.system === condition.system),
    ),
  );
}

/** Words begin where the asked ones begin: "walk" finds "walks". */
function wordsOf({ name, comment, extraDetails, category = [], type = [], program = [] }: HealthcareService): {
  includes: (word: string) => boolean;
} {
  const concepts = [...category, ...type, ...program].flatMap(({ text, coding = [] }) => [
    text,
    ...coding.map(({ display }) => display),
  ]);
  const text = ` ${normalised([name, comment, extraDetails, ...concepts].filter((part) => part !== undefined).join(' '))}`;
  return { includes: (word) => text.includes(` ${word}`) };
}

function normalised(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
