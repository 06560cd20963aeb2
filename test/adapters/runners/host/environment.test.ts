import { describe, expect, it } from '@jest/globals';
import {
  environmentForScripts,
  environmentOfRun,
  loginEnvironment,
} from '../../../../src/adapters/runners/host/environment.js';

describe('environmentForScripts', () => {
  it('keeps the server’s variables and none that are Runlet’s, npm’s or meant for the server’s Node', () => {
    const server = {
      PATH: '/bin',
      HOME: '/home/ops',
      PORTAL: 'kept: only its beginning is a setting',
      NPMRC: 'kept',
      ADMIN_PASS: 'secret',
      PORT: '3000',
      npm_config_registry: 'x',
      NPM_TOKEN: 'x',
      INIT_CWD: '/x',
      NODE_OPTIONS: '--inspect',
      RUNLET_RUN_COOKIE: 'of the run that started this server',
      UNSET: undefined,
    };
    expect(environmentForScripts(server, ['ADMIN_PASS', 'PORT'])).toEqual({
      PATH: '/bin',
      HOME: '/home/ops',
      PORTAL: server.PORTAL,
      NPMRC: 'kept',
    });
  });
});

describe('loginEnvironment', () => {
  it('keeps where programs are, language and time zone, and nothing else', () => {
    const kept = { PATH: '/bin', TZ: 'UTC', LANG: 'de_DE.UTF-8', LC_ALL: 'C' };
    const others = { HOME: '/root', ADMIN_PASS: 'secret', SSH_AUTH_SOCK: '/tmp/s', LD_PRELOAD: '/x', LC_all: 'x' };
    expect(loginEnvironment({ ...kept, ...others, LANGUAGE: undefined })).toEqual(kept);
  });
});

describe('environmentOfRun', () => {
  const run = { id: 'r1', cookie: 'c1' };

  it('lets the script’s variables win over the server’s, and Runlet’s own over both', () => {
    const env = [
      { key: 'LANG', value: 'C' },
      { key: 'NODE_OPTIONS', value: '--no-warnings' },
    ];
    expect(environmentOfRun({ LANG: 'de', PATH: '/bin', RUNLET_RUN_ID: 'old' }, undefined, env, run)).toEqual({
      LANG: 'C',
      PATH: '/bin',
      NODE_OPTIONS: '--no-warnings',
      RUNLET_RUN_ID: 'r1',
      RUNLET_RUN_COOKIE: 'c1',
    });
  });

  it('names the user a script runs as, unless the script says otherwise', () => {
    const tools = { setpriv: '/bin/setpriv', bash: '/bin/bash' };
    const user = { name: 'ops', uid: 7, gid: 7, groups: [7], home: '/home/ops', shell: '/bin/zsh', tools };
    const env = [{ key: 'HOME', value: '/elsewhere' }];
    expect(environmentOfRun({ HOME: '/root', USER: 'root' }, user, env, run)).toMatchObject({
      HOME: '/elsewhere',
      USER: 'ops',
      LOGNAME: 'ops',
      SHELL: '/bin/zsh',
    });
  });
});
