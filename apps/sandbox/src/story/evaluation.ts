import { idOf, type Stage } from './stage.js';
import type { Measure } from 'fhir/r4';

/** The data team asks how the programme went. */
export async function askForEvaluation({ cast, narrator, baseUrl }: Stage, token: string): Promise<void> {
  narrator.chapter('The data team asks how MSK Connect went');
  const period = { periodStart: '2026-01-01', periodEnd: '2027-12-31' };
  const measure = await narrator.step<Measure>('The analyst finds the measure.', () =>
    cast.analyst.read({ resourceType: 'Measure', id: 'msk-connect' }),
  );
  await narrator.step('Per item: improved, same, worse, n, missing, mean change, as JSON.', () =>
    cast.analyst.operation({
      name: 'evaluation',
      resourceType: 'Measure',
      id: idOf(measure),
      method: 'GET',
      input: period,
    }),
  );
  const query = new URLSearchParams({ ...period, _format: 'csv' });
  const path = `/Measure/${idOf(measure)}/$evaluation?${query.toString()}`;
  const table = await fetch(`${baseUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!table.ok) throw new Error(`The evaluation as CSV: ${String(table.status)}`);
  const [head = '', first = ''] = (await table.text()).split('\r\n');
  narrator.remark(`The same as CSV: GET ${path}`);
  narrator.remark(`${head.slice(0, 110)} …`);
  narrator.remark(`${first.slice(0, 110)} …`);
}
