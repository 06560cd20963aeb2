import { describe, expect, it } from '@jest/globals';
import { matchRoute } from '../../../src/ui/app/match-route.js';
import { ROUTES, to } from '../../../src/ui/app/routes.js';

const ID = '65f0c0ffee0123456789abcd';
const screen = (path: string) => {
  const match = matchRoute(ROUTES, path.split('?')[0] ?? '');
  return match && [match.route.tag, match.params];
};

describe('the addresses of screens', () => {
  it.each([
    [to.scripts(), 'scripts-page', {}],
    [to.newScript(), 'script-editor-page', {}],
    [to.newScript({ example: 'bash' }), 'script-editor-page', {}],
    [to.script(ID), 'script-editor-page', { id: ID }],
    [to.scriptRuns(ID), 'script-runs-page', { id: ID }],
    [to.runs(), 'runs-page', {}],
    [to.runs({ status: 'failed' }), 'runs-page', {}],
    [to.run(ID), 'run-page', { runId: ID }],
    [to.audit(), 'audit-page', {}],
  ])('%s shows %s', (path, tag, params) => {
    expect(screen(path)).toEqual([tag, params]);
  });

  it.each(['runs/', `${ID}/elsewhere`, 'runs/a/b', '/'])('%s shows nothing', (path) => {
    expect(screen(path)).toBeNull();
  });

  it('hold what is encoded, and what is not', () => {
    expect(screen('a%20b')).toEqual(['script-editor-page', { id: 'a b' }]);
    expect(screen('50%')).toEqual(['script-editor-page', { id: '50%' }]);
  });
});
