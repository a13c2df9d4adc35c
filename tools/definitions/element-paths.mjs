// Resolves those FHIRPath expressions that are no more than paths to typed paths of JSON properties.

const castBranch = /^\(([\w.]+) as (\w+)\)(.*)$/s;
const step =
  /\.?(?:(?:as|ofType)\((?<cast>\w+)\)|where\(resolve\(\) is (?<resolved>\w+)\)|where\((?<key>\w+)\s*=\s*'(?<value>[^']*)'\)|(?<name>\w+)(?![\w(]))/y;

/** The alternatives of an expression: `a | b`. A quoted canonical may hold a `|` of its own. */
export function branchesOf(expression) {
  return expression.match(/(?:'[^']*'|[^|'])+/g).map((branch) => branch.trim());
}

/** `Task.for.where(resolve() is Patient)` as typed paths; undefined where only FHIRPath can say it. */
export function placesOf(branch, model) {
  const [type, ...steps] = stepsOf(branch) ?? [];
  if (type === undefined) return undefined;
  return followed([{ path: [], type: type.name, base: type.name, element: type.name, many: false }], steps, model);
}

/** `value.as(Quantity)` from one element, whose path the result does not repeat. */
export function placesWithin(from, branch, model) {
  const steps = stepsOf(branch);
  if (steps === undefined) return undefined;
  return followed([{ ...from, path: [], many: false }], steps, model);
}

/** Every element of the resources and data types by its path, choices without their `[x]`. */
export function elementModel(definitions) {
  const model = new Map();
  for (const { snapshot } of definitions) {
    for (const { path, max, type = [], binding, contentReference } of snapshot?.element ?? []) {
      const required = binding?.strength === 'required' ? binding.valueSet?.split('|')[0] : undefined;
      const plain = path.replace(/\[x\]$/, '');
      if (model.has(plain)) continue;
      const content = contentReference?.slice(1) ?? plain;
      model.set(plain, { content, max, types: type.map(typeName), choice: plain !== path, valueSet: required });
    }
  }
  return model;
}

function typeName({ code, extension }) {
  const fhirType = extension?.find(({ url }) => url.endsWith('structuredefinition-fhir-type'));
  return fhirType ? (fhirType.valueUrl ?? fhirType.valueUri) : code;
}

function stepsOf(branch) {
  const text = branch.replace(castBranch, '$1.as($2)$3');
  const steps = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    steps.push(match.groups);
  }
  return steps;
}

function followed(places, steps, model) {
  return steps
    .reduce((found, next) => found.flatMap((place) => follow(place, next, model)), places)
    .flatMap((place) => settled(place));
}

function follow(place, { cast, resolved, key, value, name }, model) {
  if (cast !== undefined) return settled(place).filter(({ type }) => type === cast);
  if (resolved !== undefined) return [{ ...place, resolvesTo: resolved }];
  if (key !== undefined) {
    const last = place.path.at(-1);
    return [{ ...place, path: [...place.path.slice(0, -1), { ...last, where: [key, value] }] }];
  }
  return settled(place).map((from) => child(from, name, model));
}

function child(place, name, model) {
  const definition = model.get(`${place.element}.${name}`) ?? model.get(`${place.type}.${name}`);
  if (definition === undefined)
    throw new Error(`No element ${name} below ${place.element} (${place.type}) in the definitions.`);
  return {
    path: [...place.path, { name }],
    base: `${place.base}.${name}`,
    element: definition.content,
    many: place.many || definition.max !== '1',
    valueSet: definition.valueSet,
    ...(definition.choice ? { choices: definition.types } : { type: definition.types[0] }),
  };
}

/** A choice element as one place per type, under its JSON name: `effective` becomes effectiveDateTime, effectivePeriod. */
function settled({ choices, ...place }) {
  if (choices === undefined) return [place];
  const last = place.path.at(-1);
  return choices.map((type) => ({
    ...place,
    type,
    path: [...place.path.slice(0, -1), { ...last, name: `${last.name}${type[0].toUpperCase()}${type.slice(1)}` }],
  }));
}
