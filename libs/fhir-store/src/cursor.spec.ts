import { Cursors } from './cursor.js';

const cursors = new Cursors('a secret of this test');

describe('the place in a page link', () => {
  it.each(['', 'a', 'ab'])('opens as it was sealed, and not with a letter more (%j)', (id) => {
    const place = { id, values: ['2026-03-01'] };
    const sealed = cursors.seal(place, 'Task');
    expect(cursors.open(sealed, 'Task')).toEqual(place);
    for (const more of ['A', 'x', '=', ' ', '%'])
      expect(() => cursors.open(`${sealed}${more}`, 'Task')).toThrow('This page link is not valid');
  });

  it('opens for nothing else than it was sealed for', () => {
    const sealed = cursors.seal({ id: 'a', values: [] }, 'Task');
    expect(() => cursors.open(sealed, 'Patient')).toThrow('This page link is not valid');
  });
});
